"""HTTPS on a second port with certificates made at the start: a valid one, an expired one, one for another name.

A client judges them by its own clock, so the days are real ones, whatever the simulator's clock says.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Certificates:
    """Certificates of one run in a folder; a client trusts `ca.pem`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._ca = self._signed("ca", days=(-2, 2), host=None)
        for name, days, host in (
            ("valid", (-2, 2), "127.0.0.1"), ("expired", (-2, -1), "127.0.0.1"), ("other_name", (-2, 2), "192.0.2.1"),
        ):  # fmt: skip
            self._signed(name, days=days, host=host)
        self.show("valid")

    def show(self, name: str) -> None:
        """New connections see this certificate."""
        self.context.load_cert_chain(self.folder / f"{name}.pem", self.folder / "key.pem")

    def _signed(self, name: str, *, days: tuple[int, int], host: str | None) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"portal simulator {name}")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if host is None else self._ca.subject)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days[0]))
            .not_valid_after(now + dt.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host is not None:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
            builder = builder.add_extension(names, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / "key.pem").write_bytes(self._key.private_bytes(*form))
        return certificate
