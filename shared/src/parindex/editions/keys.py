"""The keys that sign editions: private halves in files outside database and repository, named by their public halves.

A key is rotated by pointing the worker to another file: it signs from then on, old public halves stay on record.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from parindex.errors import Conflict, Invalid, Unreadable

PUBLIC_BYTES = 32
_NEW = "Make one with `parindex editions new-key FILE` and name it in PARINDEX_SIGNING_KEY_FILE."


def key_id_of(public_key: bytes) -> str:
    """Name of a key: the first 16 bytes of the SHA-256 of its 32 public bytes, hex. Nobody chooses it."""
    return hashlib.sha256(public_key).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 key that can sign. Its private half is in no `repr`."""

    _key: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """The 32 public bytes."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """See `key_id_of`."""
        return key_id_of(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature (RFC 8032); the same message always gives the same."""
        return self._key.sign(message)

    @classmethod
    def of_bytes(cls, private: bytes) -> PrivateKey:
        """The key of 32 private bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(private))

    @classmethod
    def of_file(cls, file: Path) -> PrivateKey:
        """The key of a PEM file (PKCS #8, not encrypted).

        Raises Unreadable when the file cannot be read, Invalid when everybody may read it or it holds no Ed25519 key.
        """
        try:
            pem, mode = file.read_bytes(), file.stat().st_mode
        except OSError as error:
            raise Unreadable(
                f"The signing key {file} cannot be read: {error.strerror}.", code="signing_key_unreadable", hint=_NEW
            ) from None
        if mode & stat.S_IRWXO:
            raise Invalid(
                f"Everybody on this machine may open the signing key {file}.",
                code="signing_key_open",
                hint=f"chmod 600 {file}; if it may have been copied, make a new key.",
            )
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise Invalid(
                f"{file} holds no Ed25519 private key (PEM, PKCS #8, not encrypted).",
                code="signing_key_invalid",
                hint=_NEW,
            )
        return cls(key)


def new_key(file: Path) -> PrivateKey:
    """Makes a key and writes it to a new file that only its owner may read. Raises Conflict when the file is there."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(
            f"{file} is there already; a signing key is never overwritten.",
            code="signing_key_exists",
            hint="Name a new file; the old key stays known by its public half.",
        ) from None
    except OSError as error:
        raise Unreadable(
            f"{file} cannot be written: {error.strerror}.", code="file_unwritable", hint="Check the path."
        ) from None
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(pem)
    return PrivateKey(key)


def signature_holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is the key's over exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
