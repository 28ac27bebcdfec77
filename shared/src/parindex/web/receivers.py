"""Where webhooks may go: the rules for an address as it is given, and for the addresses that its name leads to.

The first is checked when an officer gives the address, the second by the worker each time it connects, because a name may
lead elsewhere tomorrow.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from parindex.errors import Finding

LONGEST_URL = 2000
_PLAIN = re.compile(r"[\x21-\x7e]+")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def examine_url(url: str, realm: str, *, private: bool) -> list[Finding]:
    """Everything that stands against sending to this URL. `private`: loopback and private networks are allowed.

    https always; http only in the sandbox and synthetic realms, or on this machine.
    """
    if not _PLAIN.fullmatch(url) or len(url) > LONGEST_URL:
        return [
            _finding(
                "url_unreadable",
                f"Địa chỉ cần từ 1 đến {LONGEST_URL} ký tự ASCII, không có khoảng trắng. / The URL is not 1 to {LONGEST_URL} printable ASCII characters without spaces.",
                "Give a name with marks in its xn-- form, and percent-encode the path.",
            )
        ]
    try:
        parts = urlsplit(url)
        port_holds = parts.port != 0
    except ValueError:
        return [
            _finding("url_unreadable", "Địa chỉ không đọc được. / The URL cannot be read.", "Give https://host/path.")
        ]
    findings = []
    host = parts.hostname or ""
    here = _is_loopback(host)
    if parts.scheme not in {"https", "http"} or not host or not port_holds:
        findings.append(
            _finding(
                "url_unreadable", "Cần địa chỉ dạng https://máy-chủ/đường-dẫn. / A URL https://host/path is needed.", ""
            )
        )
    elif parts.scheme == "http" and realm == "production" and not here:
        findings.append(
            _finding(
                "url_not_https",
                "Dữ liệu production chỉ gửi qua https. / Changes of realm production are sent by https only.",
                "Give an https address; http is for sandbox, synthetic and this machine.",
            )
        )
    if parts.username is not None or parts.password is not None:
        findings.append(
            _finding(
                "url_userinfo",
                "Địa chỉ không được chứa tên hay mật khẩu. / The URL must not hold a name or a password.",
                "Verify the signature of each message instead.",
            )
        )
    if parts.fragment:
        findings.append(
            _finding("url_fragment", "Địa chỉ không được có phần sau dấu #. / The URL has a fragment.", "Leave it out.")
        )
    if host and not private and (here or not _literal_is_public(host)):
        findings.append(
            _finding(
                "url_private",
                "Địa chỉ nội bộ không được nhận webhook ở đây. / Loopback and private addresses receive no webhooks here.",
                "Give a public address, or ask the operator for PARINDEX_WEBHOOK_PRIVATE.",
            )
        )
    return findings


def shown_url(url: str) -> str:
    """The URL as lists show it: what stands after `?` may be a password."""
    parts = urlsplit(url)
    return SplitResult(parts.scheme, parts.netloc, parts.path, "…" if parts.query else "", "").geturl()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet, also where it hides an IPv4 address inside. Raises ValueError for other text."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
        elif found.is_site_local:
            # fec0::/10, withdrawn by RFC 3879, is still routed inside some networks; `is_global` counts it as public.
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")


def _literal_is_public(host: str) -> bool:
    """True for a name: what it leads to is seen when connecting."""
    try:
        return is_public(host)
    except ValueError:
        return True


def _finding(code: str, message: str, hint: str) -> Finding:
    return Finding(code, "url", message, hint)
