"""How does a listener show a server who it is, and know the server (R3)? Certificates and keys are files below the plant's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.live_codes import live_issue
from shiftledger.readings.opcua_codes import R100

if TYPE_CHECKING:
    from asyncua import Client
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

POLICY = "Basic256Sha256"
MODES = {"sign": "Sign", "encrypt": "SignAndEncrypt"}


class Unusable(Exception):
    """What is declared cannot work, whatever the server says."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.message)
        self.issue = issue


class Stranger(Exception):
    """The server is not the one that was declared."""


async def secure(client: Client, plant: Plant, declared: SourceFile) -> None:
    """Sets certificate, key and mode of a client as the source declares them. # R3

    Without `server_certificate` the one that the server shows is taken; with it, any other raises Stranger. Raises Unusable where a file
    cannot be used.
    """
    if declared.security == "none":
        return
    from asyncua import ua
    from asyncua.crypto import security_policies
    from cryptography.hazmat.primitives.serialization import Encoding

    shown = _certificate(plant, declared, "certificate", declared.certificate)
    pinned = (
        _certificate(plant, declared, "server_certificate", declared.server_certificate) if declared.server_certificate else None
    )
    key = _key(plant, declared)
    if key.public_key() != shown.public_key():
        raise _unusable(declared, "the key is not that of the certificate")
    client.application_uri = _application(shown) or client.application_uri
    policy = getattr(security_policies, f"SecurityPolicy{POLICY}")
    mode = ua.MessageSecurityMode[MODES[declared.security]]
    files = [str(_file(plant, declared, name, getattr(declared, name))) for name in ("certificate", "private_key")]
    await client.set_security(policy, files[0], files[1], mode=mode)  # asks the server for its certificate
    if pinned is not None and client.security_policy.peer_certificate != pinned.public_bytes(Encoding.DER):
        raise Stranger("does not show the certificate that `server_certificate` holds")


def _file(plant: Plant, declared: SourceFile, name: str, path: str) -> Path:
    place = Path(plant.root or ".") / path
    if not path or not place.is_file():
        raise _unusable(declared, f'there is no file "{path}" ({name})' if path else f"{name} is not declared")
    try:
        place.open("rb").close()
    except OSError as error:
        raise _unusable(declared, f'"{path}" ({name}) cannot be read: {error.strerror}') from None
    return place


def _unusable(declared: SourceFile, why: str) -> Unusable:
    return Unusable(live_issue(R100, f'source "{declared.id}": {why}', declared.at))


def _certificate(plant: Plant, declared: SourceFile, name: str, path: str) -> Certificate:
    from cryptography import x509

    place = _file(plant, declared, name, path)
    read = x509.load_pem_x509_certificate if place.suffix.lower() == ".pem" else x509.load_der_x509_certificate
    try:
        return read(place.read_bytes())
    except (ValueError, TypeError):
        raise _unusable(declared, f'"{path}" ({name}) holds no certificate') from None


def _key(plant: Plant, declared: SourceFile) -> RSAPrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    place = _file(plant, declared, "private_key", declared.private_key)
    read = serialization.load_pem_private_key if place.suffix.lower() == ".pem" else serialization.load_der_private_key
    try:
        key = read(place.read_bytes(), None)
    except (ValueError, TypeError):  # TypeError: it is locked by a password
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise _unusable(declared, f'"{declared.private_key}" (private_key) holds no RSA key, or one that is locked by a password')
    return key


def _application(certificate: Certificate) -> str:
    """The application that a certificate speaks for; a server compares it with what the client says of itself."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")
