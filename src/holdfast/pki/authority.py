"""A certificate authority: makes itself once, then signs leaves. ECDSA on P-256 throughout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from holdfast.pki.credentials import Pair
from holdfast.pki.identities import Identity

AUTHORITY_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=397)
"""What browsers still accept for a server."""

_SKEW = timedelta(hours=1)
"""Hosts whose clocks are behind must not see a certificate from the future."""


@dataclass(frozen=True)
class Authority:
    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, system: str, now: datetime) -> Authority:
        """A new authority, self-signed, that may sign leaves only."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"Holdfast {system}")
        cert = (
            _builder(name, name, key, now, AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(authority=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(cert, key)

    @classmethod
    def load(cls, pair: Pair) -> Authority:
        """Raises ValueError when `pair` is not a PEM certificate with its P-256 key."""
        key = serialization.load_pem_private_key(pair.key.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the authority's key is not an elliptic curve key")
        return cls(x509.load_pem_x509_certificate(pair.cert.encode()), key)

    @property
    def pair(self) -> Pair:
        return _pair(self.cert, self.key)

    def issue(self, identity: Identity, now: datetime) -> Pair:
        """A new key, and a certificate that says what `identity` says."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(_subject(identity), self.cert.subject, key, now, LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_purposes(identity)), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        names = _alternative_names(identity)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _pair(builder.sign(self.key, hashes.SHA256()), key)


def says(pem: str, identity: Identity) -> bool:
    """Does this certificate carry exactly the names and purposes of `identity`?"""
    cert = x509.load_pem_x509_certificate(pem.encode())
    purposes = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return (
        cert.subject == _subject(identity)
        and _names_of(cert) == _alternative_names(identity)
        and list(purposes) == _purposes(identity)
    )


def expires(pem: str) -> datetime:
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def signed_by(pem: str, authority: Authority) -> bool:
    cert = x509.load_pem_x509_certificate(pem.encode())
    try:
        cert.verify_directly_issued_by(authority.cert)
    except Exception:  # every reason not to verify is the same answer
        return False
    return True


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _subject(identity: Identity) -> x509.Name:
    if not identity.organization:
        return _name(identity.name)
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, identity.organization)
    return x509.Name([organization, *_name(identity.name)])


def _key_usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _purposes(identity: Identity) -> list[x509.ObjectIdentifier]:
    server = [ExtendedKeyUsageOID.SERVER_AUTH] if identity.server else []
    client = [ExtendedKeyUsageOID.CLIENT_AUTH] if identity.client else []
    return server + client


def _alternative_names(identity: Identity) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in identity.dns),
        *(x509.IPAddress(address) for address in identity.addresses),
    ]


def _names_of(cert: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _pair(cert: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    pem = serialization.Encoding.PEM
    return Pair(
        cert=cert.public_bytes(pem).decode(),
        key=key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )
