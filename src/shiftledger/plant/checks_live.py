"""Can a source that is listened to work, and does no password stand in the text (R3)?"""

from __future__ import annotations

import re
from dataclasses import fields
from ipaddress import ip_address

from shiftledger.plant.checks_sql import PASSWORD
from shiftledger.plant.formats import LIVE
from shiftledger.plant.model import SourceFile

Faults = dict[str, tuple[str, str]]  # by key: what is wrong and what to do
ADDRESSES = {"mqtt": ("mqtt://", "mqtts://"), "opcua": ("opc.tcp://",)}
EXAMPLES = {
    "mqtt": 'Add url = "mqtts://${MQTT_USER}:${MQTT_PASSWORD}@broker:8883".',
    "opcua": 'Add url = "opc.tcp://${OPC_USER}:${OPC_PASSWORD}@server:4840".',
}
OWN = {  # keys that mean something to some formats only
    "topics": ("mqtt",),
    "payload": ("mqtt",),
    "security": ("opcua",),
    "certificate": ("opcua",),
    "private_key": ("opcua",),
    "server_certificate": ("opcua",),
    "publish": ("opcua",),
    "backfill": ("opcua",),
    "listen": ("http",),
    "token": ("http",),
}
DEFAULTS = {one.name: one.default for one in fields(SourceFile) if one.name in OWN}
VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:/\s]+):(\d{1,5})")


def misplaced(source: SourceFile) -> Faults:
    """Keys of live sources in one that does not know them; what a package offers may use any. # R3"""
    faults = {}
    for name, formats in OWN.items():
        if getattr(source, name) != DEFAULTS[name] and source.format not in formats and source.format in (*LIVE, "csv", "sql"):
            faults[name] = (
                f'{name} means nothing to format = "{source.format}"',
                f'Leave it out, or set format = "{formats[0]}".',
            )
    return faults


def live_faults(source: SourceFile) -> Faults:
    """What is wrong with a source that is listened to, by key. # R3"""
    faults: Faults = {}
    if source.match:
        faults["match"] = ("what is listened to is no file", "Leave match out, or declare another source for the files.")
    if source.layout != "long":
        faults["layout"] = ("what is listened to tells one reading at a time", "Leave layout out.")
    return faults | {"mqtt": _mqtt, "opcua": _opcua, "http": _http}.get(source.format, _password)(source)


def _address(source: SourceFile) -> Faults:
    """An address of the right kind, without a password in it."""
    starts = ADDRESSES[source.format]
    if not source.url:
        return {"url": (f"format = {source.format!r} needs the address of a server".replace("'", '"'), EXAMPLES[source.format])}
    if faults := _password(source):
        return faults
    if not source.url.startswith((*starts, "${")):
        return {"url": (f"the address does not begin with {' or '.join(starts)}", EXAMPLES[source.format])}
    return {}


def _password(source: SourceFile) -> Faults:
    """No password in an address, whatever listens to it."""
    if not PASSWORD.search(source.url):
        return {}
    said = "a password stands in the address; the plant's text is kept with every seal"
    return {"url": (said, "Write ${NAME} in its place and set that environment variable. Change the password: it was in a file.")}


def _mqtt(source: SourceFile) -> Faults:
    faults = _address(source)
    if not source.topics:
        faults["topics"] = ("it is open which topics it listens to", 'Add topics = ["plant/+/values"] or the like.')
    for topic in source.topics:
        levels = topic.split("/")
        if not topic or "#" in "/".join(levels[:-1]) or any(len(one) > 1 and ("+" in one or "#" in one) for one in levels):
            faults["topics"] = (
                f'"{topic[:60]}" is no topic to listen to',
                "A + stands for one whole level, a # for all that follow and is last.",
            )
    if source.payload == "sparkplug":
        faults |= _sparkplug(source)
    return faults


def _sparkplug(source: SourceFile) -> Faults:
    """An edge node tells far more metrics than a plant has tags: those that are read are named. # R3"""
    example = 'Write columns = {"group/node#metric" = "tag"}, or "group/node/device#metric".'
    if not source.columns:
        return {"columns": ("it is open which metrics are of which tags", example)}
    for name, _ in source.columns:
        place, mark, metric = name.partition("#")
        if not (mark and metric and len(place.split("/")) in (2, 3) and all(place.split("/"))):
            return {"columns": (f'"{name[:60]}" is no name of a metric', example)}
    return {}


def _opcua(source: SourceFile) -> Faults:
    faults = _address(source)
    if not source.columns:
        faults["columns"] = ("it is open which nodes it listens to", 'Add columns = {"ns=2;s=Line2.FT101" = "FT-101"}.')
    if source.security != "none" and not (source.certificate and source.private_key):
        faults["security"] = (
            f'security = "{source.security}" needs certificate and private_key',
            'Add certificate = "keys/shiftledger.pem" and private_key = "keys/shiftledger-key.pem" or the like.',
        )
    if source.publish <= 0:
        faults["publish"] = ("a server cannot tell changes all the time", 'Write publish = "1s" or longer.')
    return faults


def _http(source: SourceFile) -> Faults:
    faults: Faults = {}
    host = host_of(source.listen)
    if host is None:
        faults["listen"] = (f'"{source.listen[:60]}" is no address with a port', 'Write listen = "127.0.0.1:8470" or the like.')
    elif not source.token and not is_loopback(host):
        faults["listen"] = (
            "everybody in the network could push readings",
            'Add token = "${PUSH_TOKEN}" and set that environment variable, or listen on 127.0.0.1.',
        )
    if source.token and not VARIABLE.fullmatch(source.token):
        faults["token"] = (
            "a token stands in the text, which is kept with every seal",
            'Write token = "${PUSH_TOKEN}" and set that environment variable. Change the token: it was in a file.',
        )
    return faults


def host_of(address: str) -> tuple[str, int] | None:
    """(host, port) of `host:port` or `[v6]:port`; None if it is neither."""
    found = HOST_PORT.fullmatch(address)
    if found is None or not 0 <= int(found[2]) <= 65535:
        return None
    return found[1].strip("[]"), int(found[2])


def is_loopback(address: tuple[str, int]) -> bool:
    """True if only this machine reaches it."""
    try:
        return ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"
