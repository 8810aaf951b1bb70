"""Which source of sources.toml reads a file, and which of its columns (R3). Names are joined by name; what is missing is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo

from shiftledger.core.issue import Issue, Location, ordered
from shiftledger.plant.formats import is_live
from shiftledger.plant.headers import SEPARATORS
from shiftledger.plant.model import Meter, Plant, SourceFile
from shiftledger.readings.codes import LOCATED, clip, closest, found
from shiftledger.readings.sources.live import LIVE, as_table

SQL = "sql/"  # before a source's id: the label of what a query brought
NAMELESS = ("-", "/dev/stdin", "/dev/fd/", "/proc/self/fd/")


def is_stream(path: Path) -> bool:
    """True for what can be read only once: standard input, a pipe, a device."""
    return str(path) == "-" or (path.exists() and not path.is_file() and not path.is_dir())


def _is_nameless(path: Path) -> bool:
    return str(path) == "-" or str(path).startswith(NAMELESS[1:])


def label_of(plant: Plant, path: Path) -> str:
    """The path below the plant folder, or the file's name."""
    if _is_nameless(path):
        return "stdin" if path.name in ("-", "stdin", "0") else path.name
    try:
        return path.resolve().relative_to(Path(plant.root).resolve()).as_posix() if plant.root else path.name
    except ValueError:
        return path.name


def source_of(plant: Plant, path: Path, label: str) -> tuple[SourceFile | None, tuple[Issue, ...]]:
    """The one source whose `match` fits the file's name or its path below the plant; a pipe without a name is of the only source."""
    if label.startswith(SQL) and label[len(SQL) :] in plant.sources:
        return plant.sources[label[len(SQL) :]], ()
    if label.startswith(LIVE) and label[len(LIVE) :] in plant.sources:
        return as_table(plant.sources[label[len(LIVE) :]]), ()
    declared = [source for _, source in sorted(plant.sources.items()) if source.format != "sql" and not is_live(source)]
    fitting = [s for s in declared if any(fnmatchcase(name, s.match) for name in (path.name, label_of(plant, path), str(path)))]
    if not fitting and _is_nameless(path) and len(declared) == 1:
        fitting = declared
    if len(fitting) == 1:
        return fitting[0], ()
    if not fitting:
        known = ", ".join(f'{s.id} ("{s.match}")' for s in declared) or "none"
        remedy = f"Declared: {known}. Add a source, or correct a `match`."
        if not _is_nameless(path) and not path.is_file():
            what = "this is a folder, not a file" if path.is_dir() else "the file does not exist"
            return None, (found("R003", what, Location(label), "Name files that are there."),)
        if _is_nameless(path):
            remedy = f'Declared: {known}. A pipe has no name: add a source with match = "stdin", or pipe through a named one.'
        message = f'no source of sources.toml matches "{label if _is_nameless(path) else path.name}"'
        return None, (found("R001", message, Location(label), remedy),)
    both = " and ".join(f'"{s.id}"' for s in fitting)
    return None, (found("R002", f"the sources {both} both match", fitting[1].at, "Make their `match` tell the files apart."),)


def holder(source: SourceFile) -> str:
    """What the rows of a source stand in, in a message."""
    return "result of the query" if source.format == "sql" else "file"


def is_events(plant: Plant, path: Path) -> bool:
    """True if the file belongs to a source of events."""
    source, _ = source_of(plant, path, label_of(plant, path))
    return source is not None and source.layout == "events"


def unusable(plant: Plant, source: SourceFile) -> tuple[Issue, ...]:
    """Declarations with which no file can be read; the plant's own checks find them earlier, with their line."""
    issues = []
    try:
        ZoneInfo(source.zone or plant.settings.zone)
    except (KeyError, ValueError, OSError):
        issues.append(
            found(
                "R010",
                f'the zone "{source.zone or plant.settings.zone}" is unknown',
                source.at,
                "Use a name such as Asia/Shanghai.",
            )
        )
    choices = (
        ("layout", ("long", "wide", "lots", "lab", "events")),
        ("decimal", (".", ",")),
        ("midnight", ("new", "old")),
    )
    for key, allowed in (*choices, ("stamps", ("instant", "start", "end"))):
        if getattr(source, key) not in allowed:
            issues.append(
                found("R010", f'{key} = "{getattr(source, key)}" is not known', source.at, f"Use {' or '.join(allowed)}.")
            )
    if source.stamps in ("start", "end") and source.interval <= 0:
        issues.append(
            found(
                "R010",
                f'stamps = "{source.stamps}" says nothing without an interval',
                source.at,
                'Add `interval`, such as "15min".',
            )
        )
    return ordered(issues)


def columns_of(source: SourceFile) -> tuple[str, ...]:
    """The columns that a source of another layout than wide names, in order."""
    side: tuple[str, ...] = (source.quality, source.revision)
    named: tuple[str, ...]
    when = when_columns(source)
    if source.layout == "lots":
        tag = "" if source.meter else source.tag
        named = (*when, tag, source.value, source.lot, source.start, source.duration, source.pieces, source.stage, *side)
    elif source.layout == "lab":
        results = tuple(column for column, _ in source.columns) or (source.analyte, source.value)
        named = (*when, source.point, *results, source.result_time, source.start, source.duration, *side)
    else:
        named = (*when, source.tag, source.value, *side)
    return tuple(column for column in named if column)


def when_columns(source: SourceFile) -> tuple[str, ...]:
    """The columns that say when: of the shift, or of the time, its clock and its row number."""
    if source.day:
        return source.day, source.slot
    return tuple(c for c in (source.time, source.clock, source.row_number) if c)


def time_columns(source: SourceFile) -> tuple[str, ...]:
    """The columns whose cells are times or days: in a workbook a date is one, and so is the number that counts its days."""
    more = (source.start,) if source.layout == "lots" else (source.result_time, source.start) if source.layout == "lab" else ()
    return tuple(column for column in (source.time, source.day, *more) if column)


def word_columns(source: SourceFile) -> tuple[str, ...]:
    """The columns whose cells are names, also where a name is written as a number: lot 101 is lot "101"."""
    more = {"lots": (source.lot, source.stage), "lab": (source.point, source.analyte)}.get(source.layout, ())
    return tuple(column for column in (source.tag, source.slot, source.quality, source.revision, *more) if column)


def wanted_columns(source: SourceFile, header: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(column, tag) of everything that a wide sheet tells: as declared, else every column that says neither when nor how good."""
    side = (*when_columns(source), source.quality, source.revision)
    return source.columns or tuple((c, c) for c in dict.fromkeys(header) if c and c not in side)


def places_of(header: Sequence[str]) -> dict[str, int]:
    """The place of every column by its name; one whose name another has, or that has none, also goes by name and place.

    >>> places_of(("time", "T9", "T9", ""))
    {'T9 (column 2)': 1, 'T9 (column 3)': 2, '(column 4)': 3, '': 3, 'T9': 1, 'time': 0}
    """
    often = Counter(header)
    apart = {f"{name} (column {i + 1})".lstrip(): i for i, name in enumerate(header) if often[name] > 1 or not name}
    return {**apart, **{name: len(header) - 1 - i for i, name in enumerate(reversed(header))}}


def asked_columns(
    source: SourceFile, header: Sequence[str], meters: Mapping[str, tuple[Meter, ...]], head: Location
) -> tuple[tuple[tuple[str, str], ...], list[str] | None, tuple[Issue, ...]]:
    """Wide: (column, tag) pairs; the names of all columns to read, or None if one is missing; and issues. # join by name"""
    issues = []
    if source.layout == "wide":
        wanted = wanted_columns(source, header)
        often = Counter(header)
        unknown = [
            (c, t) for c, t in wanted if t not in meters and often[c] < 2
        ]  # the others are told apart, if they say anything
        for column, tag in unknown[:LOCATED]:
            message = f'the column "{clip(column)}" is of tag "{clip(tag)}", which is not declared; its cells wait in quarantine'
            issues.append(
                found("R011", message, source.at if source.columns else head, f"{closest(tag, meters)}Declare it in meters.csv.")
            )
        if len(unknown) > LOCATED:
            issues.append(
                found(
                    "R011",
                    f"{len(unknown) - LOCATED} more columns of undeclared tags wait in quarantine",
                    head,
                    "Declare them in meters.csv, and load the file again or readmit them.",
                )
            )
        pairs = tuple((c, t) for c, t in wanted if t in meters)
        names = [*when_columns(source), *(c for c in (source.quality, source.revision) if c), *(c for c, _ in pairs)]
        twice = [column for column, _ in pairs if often[column] > 1]
        if twice:
            return (), None, tuple(stands_twice(column, header, head) for column in twice)
    else:
        pairs, names = (), list(columns_of(source))
    places = places_of(header)
    missing = [c for c in names if c not in places]
    if missing:
        issues.append(_missing(source, missing, header, head))
    return pairs, None if missing else list(dict.fromkeys(names)), ordered(issues)


def _missing(source: SourceFile, missing: Sequence[str], header: Sequence[str], head: Location) -> Issue:
    """One message for the columns that are not there; where they stand in one cell, it is the separator that is another."""
    for sign, called in SEPARATORS:
        if len(header) == 1 and len(missing) > 1 and set(missing) <= {cell.strip() for cell in header[0].split(sign)}:
            remedy = f'Write delimiter = "{sign}" into the source "{source.id}" of sources.toml, or save the file with commas.'
            return found(
                "R007", f"the cells of the {holder(source)} are separated by {called}", head, remedy.replace("\t", "\\t")
            )
    named = ", ".join(f'"{clip(column)}"' for column in missing[:LOCATED])
    more = f" and {len(missing) - LOCATED} more" if len(missing) > LOCATED else ""
    columns = f"the column {named} is" if len(missing) == 1 else f"the columns {named}{more} are"
    remedy = f'{closest(missing[0], header)}Correct the {holder(source)}, or the source "{source.id}" in sources.toml.'
    return found("R007", f"{columns} not in the {holder(source)}", head, remedy)


def stands_twice(column: str, header: Sequence[str], head: Location) -> Issue:
    """A column is asked for whose name another one has, too."""
    named = [f'"{name}"' for name in places_of(header) if name.startswith(f"{column} (column ")]
    remedy = f"Rename one of them, or name the one that is meant in sources.toml: {' or '.join(named[:4])}."
    return found("R008", f'the column "{clip(column)}" stands twice in the header', head, remedy)
