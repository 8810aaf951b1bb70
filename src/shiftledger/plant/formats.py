"""Which formats of readings are there: those that ship, and those that installed packages offer (R3)?

A package offers a format of files by an entry point of the group `shiftledger.sources`, one to listen to by one of the group
`shiftledger.streams`. Nothing is loaded here; packages are asked for their names only where a plant names a format that does not ship.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points

from shiftledger.core.issue import Issue
from shiftledger.plant.codes import closest, finding
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.plant.rows import place

GROUP = "shiftledger.sources"
SHIPPED = ("csv", "parquet", "excel")
QUERIED = "sql"  # no file: a query of a database
STREAMS_GROUP = "shiftledger.streams"
LIVE = ("mqtt", "opcua", "http")  # no file: somebody tells, and the program listens


def offered(group: str = GROUP) -> dict[str, EntryPoint]:
    """What installed packages offer, by format; of two offers of one format the first in order of their text counts."""
    points = sorted(entry_points(group=group), key=lambda point: (point.name, point.value))
    return {point.name: point for point in reversed(points)}


def is_live(source: SourceFile) -> bool:
    """True for a source that is listened to; false for files and queries, and for a format that nothing reads."""
    return source.format in LIVE or (source.format not in (*SHIPPED, QUERIED) and source.format in offered(STREAMS_GROUP))


def formats_known(plant: Plant) -> Iterator[Issue]:
    """Every format of sources.toml is read by the program or by an installed package; only a load needs it. # R3"""
    for source in plant.sources.values():
        if source.format not in (*SHIPPED, QUERIED, *LIVE) and source.format not in (
            others := offered() | offered(STREAMS_GROUP)
        ):
            message = f'source "{source.id}": nothing here reads the format "{source.format[:60]}"'
            yield finding("P095", message, place(plant.text, source.at, "format"), how_to_get(source.format, others))


def how_to_get(form: str, others: dict[str, EntryPoint]) -> str:
    """What to do where nothing reads a format: the closest known one, and all of them."""
    known = (*SHIPPED, QUERIED, *LIVE, *sorted(others))
    return f"{closest(form, known)}Known: {', '.join(known)}. Correct `format`, or install the package that reads it."
