"""Encryption of evidence at rest: AES-256-GCM under a key of the content's own, which the service's key seals.

Destroying the sealed key erases the content wherever copies of the object lie. Pure: no clock, no store.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parindex.errors import Unavailable

_FORMAT = b"PIE1"
"""First bytes of every object: the form that follows is nonce (12 bytes) and AES-GCM cipher text with its tag."""
_NONCE = 12


def sealing_keys(secret_keys: str) -> MultiFernet:
    """The service's keys (setting PARINDEX_SECRET_KEYS): the first seals, all open. Raises Unavailable saying what to set."""
    words = [word.strip() for word in secret_keys.split(",") if word.strip()]
    try:
        keys = [Fernet(word) for word in words]
    except ValueError:
        keys = []
    if not keys:
        raise Unavailable(
            "Chưa cấu hình khóa mã hóa tài liệu kiểm chứng. / Evidence cannot be kept: PARINDEX_SECRET_KEYS is "
            f"{'not a list of Fernet keys' if words else 'not set'}.",
            code="secret_keys_missing",
            hint="Set PARINDEX_SECRET_KEYS to a Fernet key (44 characters), newest first, separated by commas.",
            retry_after=300,
        )
    return MultiFernet(keys)


def digest_of(content: bytes) -> bytes:
    """SHA-256 of the plain content."""
    return hashlib.sha256(content).digest()


def seal(content: bytes, *, tenant_id: int, digest: bytes, keys: MultiFernet) -> tuple[bytes, bytes]:
    """The object to store and the sealed key to keep in the row. Another result every time: key and nonce are new."""
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, content, _bound_to(tenant_id, digest))
    return _FORMAT + nonce + sealed, keys.encrypt(key)


def unseal(stored: bytes, sealed_key: bytes, *, tenant_id: int, digest: bytes, keys: MultiFernet) -> bytes:
    """The plain content, proven to be the one of that tenant and digest.

    Raises Unavailable `evidence_key_unknown` when no configured key opens it, `evidence_damaged` when the object is
    not what was stored.
    """
    key = _opened(sealed_key, keys)
    head = len(_FORMAT) + _NONCE
    content: bytes | None = None
    if stored.startswith(_FORMAT):
        with suppress(InvalidTag, ValueError):
            content = AESGCM(key).decrypt(stored[len(_FORMAT) : head], stored[head:], _bound_to(tenant_id, digest))
    if content is None or digest_of(content) != digest:
        raise Unavailable(
            "Tệp lưu trữ bị hỏng. / The stored file is damaged: it is not what was attached.",
            code="evidence_damaged",
            hint="Restore the evidence store from its backup; `parindex evidence sweep` lists what is missing.",
            retry_after=3600,
        )
    return content


def resealed(sealed_key: bytes, keys: MultiFernet) -> bytes:
    """The same content key under the first secret key. Raises Unavailable `evidence_key_unknown`. May run twice."""
    return keys.encrypt(_opened(sealed_key, keys))


def _opened(sealed_key: bytes, keys: MultiFernet) -> bytes:
    try:
        return keys.decrypt(sealed_key)
    except InvalidToken:
        raise Unavailable(
            "Không mở được khóa của tài liệu. / None of PARINDEX_SECRET_KEYS opens this file's key.",
            code="evidence_key_unknown",
            hint="Add the key it was sealed with to the end of PARINDEX_SECRET_KEYS.",
            retry_after=300,
        ) from None


def _bound_to(tenant_id: int, digest: bytes) -> bytes:
    return b"parindex evidence 1|%d|" % tenant_id + digest
