"""Where is a database, and what of its address must never be shown (R3)?

`${NAME}` in an address is an environment variable; before the last @ its value is quoted, so that a password may hold any character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from shiftledger.core.issue import Issue, Outcome
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.desk_codes import R071, R072, R073, told

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SECRET = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)  # in the name of an option of an address
EXTRAS = {"psycopg": "postgresql", "psycopg2": "postgresql"}  # driver -> the extra of this package that installs one
PATIENCE = 10  # seconds until a server counts as silent


@dataclass(frozen=True, slots=True)
class Address:
    """A usable address, what the driver is told beside it, and the secrets in it."""

    url: sa.URL
    arguments: Mapping[str, object]
    secrets: tuple[str, ...]

    def hidden(self, text: str) -> str:
        """`text` without any secret of the address."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def address_of(plant: Plant, source: SourceFile, environment: Mapping[str, str]) -> Outcome[Address | None]:
    """The address of a source's database, with the environment's values in it; what is missing or no address is an issue."""
    names = list(dict.fromkeys(VARIABLE.findall(source.url)))
    missing = [name for name in names if not environment.get(name)]
    if missing:
        issues = (told(R071, f'the environment variable "{name}" is not set', source.at, R071.explanation) for name in missing)
        return Outcome(None, tuple(issues))
    try:
        url = sa.make_url(filled(source.url, environment))
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        lost = _lost_file(plant, source, url)
        if lost:
            return Outcome(None, (lost,))
        secrets = _secrets(url, [environment[name] for name in names])
        return Outcome(Address(_file_below(plant, url), _arguments(url), secrets))
    except (sa.exc.ArgumentError, ValueError):
        remedy = "An address looks like postgresql://${USER}:${PASSWORD}@host:5432/database or sqlite:///file.db."
        return Outcome(None, (told(R073, "url is not the address of a database", source.at, remedy),))


def driver_missing(source: SourceFile, error: ModuleNotFoundError) -> Issue:
    """Which package is missing, and what installs it."""
    name = (error.name or "the driver").partition(".")[0]
    install = f'pip install "shiftledger[{EXTRAS[name]}]"' if name in EXTRAS else f"install the Python package {name}"
    return told(R072, f'the driver "{name}" of this database is not installed', source.at, f"Once: {install}.")


def filled(template: str, environment: Mapping[str, str]) -> str:
    """The address with values; those of user and password are quoted, a variable that is the whole address is taken as it is."""
    head, at, tail = template.rpartition("@")
    quoted = VARIABLE.sub(lambda found: quote(environment[found[1]], safe=""), head)
    return quoted + at + VARIABLE.sub(lambda found: environment[found[1]], tail)


def _secrets(url: sa.URL, values: list[str]) -> tuple[str, ...]:
    """Everything that must not be shown, longest first: passwords, options that hold one, values of variables that are no name or host."""
    shown = {url.username, url.host, url.database, str(url.port or "")}
    options = [str(value) for name, value in url.query.items() if SECRET.search(name)]
    plain = [url.password or "", *options, *(value for value in values if value not in shown)]
    return tuple(sorted({form for text in plain if text for form in (text, quote(text, safe=""))}, key=lambda s: (-len(s), s)))


def _arguments(url: sa.URL) -> Mapping[str, object]:
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        return {"connect_timeout": PATIENCE}
    return {}


def _database_file(plant: Plant, url: sa.URL) -> Path | None:
    """The file of an SQLite database; a relative name counts from the plant's folder."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(plant.root or ".") / url.database


def _lost_file(plant: Plant, source: SourceFile, url: sa.URL) -> Issue | None:
    """SQLite would make a file that is not there, and find it empty."""
    file = _database_file(plant, url)
    if file is None or file.is_file():
        return None
    return told(R073, f'there is no database file "{url.database}"', source.at, "A relative name counts from the plant's folder.")


def _file_below(plant: Plant, url: sa.URL) -> sa.URL:
    """SQLite opened for reading only."""
    file = _database_file(plant, url)
    if file is None:
        return url
    return url.set(database=file.absolute().as_uri(), query={"uri": "true", "mode": "ro"})
