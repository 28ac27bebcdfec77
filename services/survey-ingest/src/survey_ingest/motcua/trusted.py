"""Which machine really speaks, and whether it is one of the province's LGSP: addresses, never names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from parindex.errors import Invalid

Network = IPv4Network | IPv6Network


def read_networks(text: str, setting: str) -> tuple[Network, ...]:
    """The networks of a setting: CIDR or single addresses, separated by commas. Raises Invalid naming the setting."""
    networks: list[Network] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            raise Invalid(
                f"{setting} holds {part!r}, which is no address or network ({error}).",
                code="setting_invalid",
                hint="For example 10.20.0.0/16,10.1.2.3",
            ) from None
    return tuple(networks)


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((text or "").strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _within(text: str | None, networks: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def is_trusted(peer: str | None, forwarded: Sequence[str], lgsp: Sequence[Network], proxies: Sequence[Network]) -> bool:
    """Whether the call comes from an LGSP address.

    `peer` is the other end of the connection. Only where that is one of our own proxies its `X-Forwarded-For`
    (`forwarded`, in the order of the header) is read, from the right, as far as proxies wrote it.
    """
    hops = [hop for line in forwarded for hop in line.split(",")]
    while _within(peer, proxies) and hops:
        peer = hops.pop()
    return _within(peer, lgsp)
