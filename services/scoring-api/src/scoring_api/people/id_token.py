"""What an ID token must say (OpenID Connect Core 1.0, section 3.1.3.7), and whom it names. Pure: the time is given."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from parindex.errors import Unauthenticated

ALGORITHMS = ("RS256", "ES256")
SKEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the issuer says it is."""

    issuer: str
    subject: str
    verified_address: str | None
    """E-mail address, only where the issuer has verified it."""


def refused(why: str) -> Unauthenticated:
    """The sign-in by OIDC does not hold."""
    return Unauthenticated(
        f"Đăng nhập qua nhà cung cấp danh tính không thành công. / The OIDC sign-in does not hold: {why}",
        code="oidc_refused",
        hint="Start again at GET /v1/sign-in/oidc; if it stays, tell the operator.",
    )


def read_id_token(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: float) -> Identity:
    """Whom a token names, once signature and claims hold.

    Raises joserfc's InvalidKeyIdError for a key that is not among `keys` (fetch them again), Unauthenticated otherwise.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError) as error:
        raise refused(f"the ID token is not signed as it must be ({type(error).__name__}).") from None
    if fault := _fault(claims, issuer, client_id, nonce, now):
        raise refused(f"the ID token {fault}.")
    verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
    return Identity(issuer, claims["sub"], claims["email"] if verified else None)


def _fault(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: float) -> str | None:
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = audience if isinstance(audience, list) else [audience]
    subject = claims.get("sub")
    if claims.get("iss") != issuer:
        return "was issued by another issuer"
    if client_id not in audiences:
        return "is meant for another client"
    if (len(audiences) > 1 or party is not None) and party != client_id:
        return "was given to another party (azp)"
    if not _is_time(claims.get("exp")) or claims["exp"] + SKEW_SECONDS <= now:
        return "has expired or names no end"
    if not _is_time(claims.get("iat")) or claims["iat"] - SKEW_SECONDS > now:
        return "comes from the future or names no beginning"
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        return "belongs to another sign-in (nonce)"
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or "\x00" in subject:
        return "names nobody (sub)"
    return None


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
