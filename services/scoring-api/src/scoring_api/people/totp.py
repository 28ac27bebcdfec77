"""Codes of an authenticator app (TOTP, RFC 6238): SHA-1, six digits, 30 seconds, one step of leeway, each step once."""

from __future__ import annotations

import hmac

import pyotp
import segno

SECONDS = 30
WINDOW = 1
"""Steps before and after the present one that are accepted: clocks of telephones differ."""
ISSUER = "parindex"


def new_secret() -> str:
    """160 random bits in base32, as authenticator apps read them."""
    return pyotp.random_base32()


def accepted_step(secret: str, code: str, unix_time: float, last_step: int) -> int | None:
    """The time step that the code belongs to; None where it is wrong or its step was accepted before."""
    totp, now = pyotp.TOTP(secret, interval=SECONDS), int(unix_time) // SECONDS
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()) and step > last_step:
            found = step
    return found


def otpauth_uri(secret: str, work_address: str) -> str:
    """The key URI that an authenticator app takes."""
    return pyotp.TOTP(secret, interval=SECONDS).provisioning_uri(name=work_address, issuer_name=ISSUER)


def qr_data_uri(uri: str) -> str:
    """The URI as a QR code: an SVG in a data URI, for the `src` of an image."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=4)
