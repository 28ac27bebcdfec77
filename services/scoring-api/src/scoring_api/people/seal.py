"""What must be readable again (TOTP secrets, the state of an OIDC sign-in) is sealed with the service's own keys.

`PARINDEX_SECRET_KEYS` names Fernet keys: the first seals, all of them open, so that a key is replaced by putting a new
one before it, running `parindex persons reseal`, and taking the old one away.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from parindex.errors import Invalid, Unavailable

_HINT = "Set PARINDEX_SECRET_KEYS to keys made by: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


class Seal:
    """Seals and opens small secrets. Raises Invalid at once where an entry is no Fernet key; never names a key."""

    def __init__(self, secret_keys: str) -> None:
        keys = []
        for number, key in enumerate((part.strip() for part in secret_keys.split(",") if part.strip()), 1):
            try:
                keys.append(Fernet(key))
            except ValueError:
                raise Invalid(
                    f"Entry {number} of PARINDEX_SECRET_KEYS is not a Fernet key (32 bytes in URL-safe base64).",
                    code="setting_invalid",
                    hint=_HINT,
                ) from None
        self._keys = MultiFernet(keys) if keys else None

    def _ready(self) -> MultiFernet:
        if self._keys is None:
            raise Unavailable(
                "Máy chủ chưa có khóa bí mật nên chưa đăng nhập được. / Nobody can sign in: the service has no secret keys.",
                code="secret_keys_missing",
                hint=_HINT,
                retry_after=300,
            )
        return self._keys

    def need(self) -> None:
        """Raises Unavailable, saying what to set, where there are no keys."""
        self._ready()

    def seal(self, plain: bytes) -> bytes:
        """The sealed form. Raises Unavailable where there are no keys."""
        return self._ready().encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed with any of the keys. Raises Unavailable where none of them opens it, or there are none."""
        try:
            return self._ready().decrypt(sealed)
        except InvalidToken:
            raise Unavailable(
                "Không khóa bí mật nào mở được dữ liệu đã niêm phong. / None of the secret keys opens what was sealed.",
                code="secret_key_lost",
                hint="Put the key that sealed it back at the end of PARINDEX_SECRET_KEYS, or invite the person anew.",
                retry_after=300,
            ) from None

    def open_young(self, sealed: bytes, seconds: int) -> bytes | None:
        """What was sealed at most that long ago; None where it is older or was not sealed by us."""
        try:
            return self._ready().decrypt(sealed, ttl=seconds)
        except InvalidToken:
            return None

    def reseal(self, sealed: bytes) -> bytes:
        """The same secret under the first key. Raises Unavailable where no key opens it. May run twice."""
        self.open(sealed)
        return self._ready().rotate(sealed)
