"""Passwords: what is acceptable, and Argon2id hashes made in a thread, at most `AT_ONCE` at a time."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from parindex.errors import Finding, Invalid

HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, hash_len=32, salt_len=16, type=Type.ID)
"""Argon2id with 64 MiB, 3 passes, 4 lanes: the second recommendation of RFC 9106, section 4."""
SHORTEST, LONGEST = 12, 200
AT_ONCE = 2
"""Each hash takes 64 MiB while it runs: this bounds the memory, whoever knocks how often."""


def check_password(password: str, work_address: str) -> None:
    """Raises Invalid naming everything that is wrong with a new password; never repeats it."""
    text = unicodedata.normalize("NFC", password)
    findings = []
    if len(text) < SHORTEST:
        findings.append(
            Finding(
                "password_short",
                "password",
                f"Mật khẩu cần ít nhất {SHORTEST} ký tự. / At least {SHORTEST} characters.",
                "Several words make a good one.",
            )
        )
    if work_address in text.lower():
        findings.append(
            Finding(
                "password_is_address",
                "password",
                "Mật khẩu không được chứa địa chỉ công vụ. / The password must not contain the work address.",
                "Choose words that nobody connects with you.",
            )
        )
    if len(set(text)) < 5:
        findings.append(
            Finding(
                "password_repeats",
                "password",
                "Mật khẩu chỉ lặp lại vài ký tự. / The password only repeats a few characters.",
                "Use at least 5 different characters.",
            )
        )
    if findings:
        raise Invalid("Mật khẩu chưa đạt. / The password is not acceptable.", code="password_weak", findings=findings)


class Passwords:
    """Hashes and verifies. One per process. Passwords are compared in NFC: keyboards spell Vietnamese differently."""

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded Argon2id hash, parameters and salt included."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, unicodedata.normalize("NFC", password))

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the hash's. None (nobody is meant) takes the same work and is never right."""
        if self._nobody is None:
            self._nobody = await self.hash(secrets.token_urlsafe(24))
        async with self._turns:
            right = await asyncio.to_thread(self._is_right, encoded or self._nobody, password)
        return right and encoded is not None

    def _is_right(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, unicodedata.normalize("NFC", password))
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, encoded: str) -> bool:
        """Whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(encoded)
