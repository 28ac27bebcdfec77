"""Secrets that we hand out once and keep only as SHA-256: sign-in tokens (`p`) and invitations (`i`)."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Literal

_FORM = re.compile(r"([pi])(\d{1,9})\.[A-Za-z0-9_-]{43}")
Kind = Literal["p", "i"]


def new_token(kind: Kind, tenant_id: int) -> str:
    """`<kind><tenant>.` and 256 random bits."""
    return f"{kind}{tenant_id}.{secrets.token_urlsafe(32)}"


def tenant_of(kind: Kind, token: str) -> int | None:
    """The authority that a token of that kind names; None for what has not its form."""
    match = _FORM.fullmatch(token)
    return int(match[2]) if match and match[1] == kind and token.isascii() else None


def digest(token: str) -> bytes:
    """What is stored of it. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
