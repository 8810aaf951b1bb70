"""Where is the server of a live source, and what of its address must never be shown (R3)?

`${NAME}` in an address is an environment variable, quoted before the last @ as in addresses of databases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from shiftledger.core.issue import Outcome
from shiftledger.plant.model import SourceFile
from shiftledger.readings.live_codes import R051, R052, live_issue
from shiftledger.readings.sources.address import VARIABLE, filled


@dataclass(frozen=True, slots=True)
class Server:
    """A server's address in parts: `port` None where the address has none; `user` and `password` unquoted, blank where there are none."""

    scheme: str
    host: str
    port: int | None
    path: str
    user: str = ""
    password: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def plain(self) -> str:
        """The address without a name and a password, as a server gets it and a message shows it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if self.port is None else f':{self.port}'}{self.path}"

    def hidden(self, text: str) -> str:
        """`text` without any secret of the address."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def server_of(declared: SourceFile, environment: Mapping[str, str]) -> Outcome[Server | None]:
    """The server of a source with the environment's values in its `url`; what is missing or no address is an issue."""
    names = list(dict.fromkeys(VARIABLE.findall(declared.url)))
    missing = [name for name in names if not environment.get(name)]
    if missing:
        remedy = "Set the variable before listening; so no password stands in the plant's text."
        lacks = (f'source "{declared.id}": the environment variable "{name}" is not set' for name in missing)
        return Outcome(None, tuple(live_issue(R052, message, declared.at, remedy) for message in lacks))
    wrong = live_issue(R051, f'source "{declared.id}": url is no address of a server', declared.at, "Write scheme://host:port.")
    try:
        parts = urlsplit(filled(declared.url, environment))
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return Outcome(None, (wrong,))
    if not parts.scheme or not host:
        return Outcome(None, (wrong,))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    shown = {user, host, str(port or ""), parts.scheme}
    plain = {password, *(environment[name] for name in names if environment[name] not in shown)} - {""}
    secrets = sorted({form for text in plain for form in (text, quote(text, safe=""))}, key=lambda s: (-len(s), s))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return Outcome(Server(parts.scheme, host, port, path, user, password, tuple(secrets)))
