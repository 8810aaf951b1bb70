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

POLICY = "Basic256Sha256"
MODES = {"sign": "Sign", "encrypt": "SignAndEncrypt"}


class Unusable(Exception):
    """What is declared cannot work, whatever the server says."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.message)
        self.issue = issue


async def secure(client: Client, plant: Plant, declared: SourceFile) -> None:
    """Sets certificate, key and mode of a client as the source declares them; raises Unusable where a file cannot be used. # R3

    Without `server_certificate` the one that the server shows is taken; with it, any other is refused.
    """
    if declared.security == "none":
        return
    from asyncua import ua
    from asyncua.crypto import security_policies

    certificate = _file(plant, declared, "certificate", declared.certificate)
    key = _file(plant, declared, "private_key", declared.private_key)
    server = (
        str(_file(plant, declared, "server_certificate", declared.server_certificate)) if declared.server_certificate else None
    )
    try:
        client.application_uri = _application(certificate) or client.application_uri
        policy = getattr(security_policies, f"SecurityPolicy{POLICY}")
        mode = ua.MessageSecurityMode[MODES[declared.security]]
        await client.set_security(policy, str(certificate), str(key), server_certificate=server, mode=mode)
    except (ValueError, TypeError) as error:
        raise _unusable(declared, f"certificate or key cannot be read: {str(error).splitlines()[0][:200]}") from None


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


def _application(certificate: Path) -> str:
    """The application that a certificate speaks for; a server compares it with what the client says of itself."""
    from cryptography import x509

    content = certificate.read_bytes()
    read = x509.load_pem_x509_certificate if certificate.suffix.lower() == ".pem" else x509.load_der_x509_certificate
    try:
        names = read(content).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")
