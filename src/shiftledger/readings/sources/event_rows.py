"""Tables of events, one event a row, into acts that are not recorded yet (R1, R3, R4).

Columns are found by name: `start`, `end` or `duration`, `unit` or `area`, `kind` (blank: halt), `cause`, `reason`, `evidence`, `id`, `revision`,
`recorded_at`, `who`. A file that calls them otherwise is mapped by `columns`, its words by `meanings`. Rows that cannot be read go to
quarantine with their line and the reason; free text may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from shiftledger.acts.acts import Act, checked
from shiftledger.acts.event_fields import HALT
from shiftledger.acts.events import event_key, said_by
from shiftledger.core.issue import Issue, Location, Outcome, ordered
from shiftledger.core.period import SECOND, duration
from shiftledger.plant.model import EVENT_COLUMNS, Plant, SourceFile
from shiftledger.readings.batch import event_cells
from shiftledger.readings.codes import LOCATED, closest, found
from shiftledger.readings.sources.cells import Column, clip, text_of
from shiftledger.readings.sources.choose import label_of
from shiftledger.readings.sources.formats import source_for
from shiftledger.readings.sources.screen import Screened, screened
from shiftledger.readings.sources.sheets import Columns, open_sheet
from shiftledger.readings.sources.stamps import read_stamps

ROLE = "recorded events"  # the role of acts that a file brings; who is its column, else the source
STAMPED = ("start", "end", "recorded_at", "revision")  # a revision is a whole number, or the time of a change
CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?")
Rejected = tuple[str, int, str, str]  # code, line, text, reason


@dataclass(frozen=True, slots=True)
class EventRows:
    """The events of one file, in an order of their own (not that of its rows), and what was refused: (file, line, text, reason)."""

    source: str
    acts: tuple[Act, ...] = ()
    rejected: tuple[tuple[str, int, str, str], ...] = ()
    rows: int = 0
    cells: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class _Table:
    """One file while it is read: columns by what they mean."""

    plant: Plant
    source: SourceFile
    name: str
    columns: Columns
    cells: Mapping[str, list[str]]
    instants: Mapping[str, tuple[list[int], Mapping[int, str]]]
    known_at: int
    rejected: list[Rejected] = field(default_factory=list)
    kept: dict[tuple[int, str], str] = field(default_factory=dict)  # line, text -> what the row said by field

    def refuse(self, code: str, row: int, reason: str) -> None:
        line, text = int(self.columns.lines[row]), self.columns.text(row)
        self.rejected.append((code, line, text, reason))
        said = {name: self.cell(name, row) for name in self.cells}
        said |= {name: str(at[row]) for name, (at, why) in self.instants.items() if said[name] and row not in why}
        self.kept[line, text] = event_cells(said)

    def cell(self, name: str, row: int) -> str:
        """What a cell means: as it stands, or by the source's `meanings`."""
        text = self.cells[name][row] if name in self.cells else ""
        return dict(self.source.meanings).get(text, text)


def read_events(plant: Plant, path: Path, known_at: int) -> Outcome[EventRows]:
    """The events of one file as acts made at `known_at` (UTC microseconds), and everything that is wrong with it. # R1, R3, R4"""
    with screened(plant, path) as passed:
        if passed.result is None:
            return Outcome(EventRows(label_of(plant, path)), passed.issues)
        return _screened(plant, passed.result, known_at)


def _screened(plant: Plant, passed: Screened, known_at: int) -> Outcome[EventRows]:
    """As `read_events`, of a file that passed the screen."""
    label, source = passed.label, passed.source
    opener = source_for(source)
    sheet = open_sheet(passed, opener.result) if opener.result else Outcome(None, opener.issues)
    if sheet.result is None:
        return Outcome(EventRows(label), sheet.issues)
    asked, issues = _asked(source, sheet.result.header, sheet.result.head or Location(label, 1))
    if issues:
        return Outcome(EventRows(label), issues)
    table = _table(plant, source, label, sheet.result.columns(list(asked.values())), asked, known_at)
    table.rejected += [("R020", line, text, reason) for line, text, reason in table.columns.torn]
    acts = _agreed(table, [(row, act) for row in range(len(table.columns.lines)) if (act := _event(table, row)) is not None])
    rows = len(table.columns.lines) + len(table.columns.torn)
    refused = tuple((label, line, text, reason) for _, line, text, reason in sorted(table.rejected, key=lambda r: r[1:]))
    return Outcome(EventRows(label, acts, refused, rows, table.kept), ordered(_summary(table, bool(acts))))


def _asked(source: SourceFile, header: tuple[str, ...], head: Location) -> tuple[dict[str, str], tuple[Issue, ...]]:
    """Field -> column of the file; issues where a column that is named or needed is missing or named twice. # join by name"""
    issues = []
    asked = {name: name for name in EVENT_COLUMNS if name in header}
    for column, name in source.columns:
        if column not in header:
            remedy = f'{closest(column, header)}Correct the file, or the source "{source.id}" in sources.toml.'
            issues.append(found("R007", f'the column "{clip(column)}" is not in the file', head, remedy))
        asked[name] = column
    for name in ("start", *(() if "area" in asked else ("unit",))):
        if name not in asked:
            remedy = f'{closest(name, header)}Name the column in sources.toml: columns = {{"..." = "{name}"}}.'
            issues.append(found("R007", f'the column "{name}" is not in the file', head, remedy))
    for column in sorted({c for c in asked.values() if header.count(c) > 1}):
        issues.append(found("R008", f'the column "{clip(column)}" stands twice in the header', head, "Rename one of them."))
    return asked, ordered(issues)


def _table(plant: Plant, source: SourceFile, name: str, columns: Columns, asked: Mapping[str, str], known_at: int) -> _Table:
    zone = ZoneInfo(source.zone or plant.settings.zone)
    cells = {key: _texts(columns.by_name[column]) for key, column in asked.items()}
    instants = {}
    for key in STAMPED:
        if key in asked:
            each = np.arange(len(columns.lines), dtype=np.int32)  # every row for itself: in the fold the first occurrence counts
            stamps = read_stamps(
                columns.by_name[asked[key]], source.time_format, zone, midnight_old=source.midnight == "old", group=each
            )
            instants[key] = (stamps.ts.tolist(), dict(stamps.why))
    return _Table(plant, source, name, columns, cells, instants, known_at)


def _texts(column: Column) -> list[str]:
    return [str(text or "").strip() for text in text_of(column).to_pylist()]


def _event(table: _Table, row: int) -> Act | None:
    """The event of one row; None if the row is blank, or refused with every reason at once."""
    if not any(texts[row] for texts in table.cells.values()):
        return None
    body: dict[str, str] = {"kind": table.cell("kind", row) or HALT}
    reasons = [*_when(table, row, body), *_where(table, row, body)]
    for name in ("cause", "reason", "id"):
        if table.cell(name, row):
            body[name] = table.cell(name, row)
    body["recorded_in"] = f"{table.name}:{int(table.columns.lines[row])}"
    who = table.cell("who", row) or f"source {table.source.id}"
    act = Act("event", who, ROLE, table.known_at, body, evidence=table.cell("evidence", row))
    if not reasons:
        reasons = [("R036", issue.message) for issue in checked(act)]
    if reasons:
        table.refuse(reasons[0][0], row, "; ".join(reason for _, reason in reasons))
        return None
    return act


def _when(table: _Table, row: int, body: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Start and end of a row into `body`; what is wrong with them. An end may be given, follow from the duration, or be open."""
    for name in STAMPED:
        text = table.cells[name][row] if name in table.cells else ""
        if name == "revision" and re.fullmatch(r"[0-9]{1,18}", text):
            body[name] = text
        elif name in table.instants and (name == "start" or text):
            instants, why = table.instants[name]
            if row in why:
                yield "R025" if name == "revision" else "R021", f"{name}: {why[row]}"
            else:
                body[name] = str(instants[row])
    text = table.cells["duration"][row] if "duration" in table.cells else ""
    if text and "start" in body:
        length = length_of(text)
        if length is None:
            yield "R036", f'duration "{clip(text)}" is not a duration; write it like 90min, 1h30min or 1:30'
        elif body.setdefault("end", str(int(body["start"]) + length)) != str(int(body["start"]) + length):
            yield "R036", f'the duration "{clip(text)}" is not the time from start to end'


def length_of(text: str) -> int | None:
    """Microseconds of "90min", "1h30min" or "1:30" (hours and minutes); None for anything else, a bare number too."""
    clock = CLOCK.fullmatch(text)
    if clock:
        return (int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)) * SECOND
    try:
        return None if re.fullmatch(r"[0-9.]+", text) else duration(text)
    except (ValueError, OverflowError):
        return None


def _where(table: _Table, row: int, body: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Unit or area of a row into `body`; what is wrong with it."""
    for name, known in (("unit", table.plant.units), ("area", table.plant.areas)):
        key = table.cell(name, row)
        if key and key not in known:
            yield "R036", f'{name} "{clip(key)}" is not declared'
        elif key and not (name == "area" and "unit" in body):  # a table may say of each unit in which area it is
            body[name] = key
    if (
        "unit" in body
        and (area := table.cell("area", row))
        and area in table.plant.areas
        and table.plant.units[body["unit"]].area != area
    ):
        yield "R036", f'unit "{body["unit"]}" does not belong to area "{clip(area)}"'


def _agreed(table: _Table, events: list[tuple[int, Act]]) -> tuple[Act, ...]:
    """One act for each thing that the file says; where it says two things of one event at one revision, neither counts. # R2"""
    groups: dict[tuple[object, ...], dict[str, list[tuple[int, Act]]]] = {}
    for row, act in events:
        key = (*event_key(act.body), act.body.get("revision", ""))
        groups.setdefault(key, {}).setdefault(said_by(act), []).append((row, act))
    kept = []
    for versions in groups.values():
        if len(versions) == 1:
            kept.append(next(iter(versions.values()))[0][1])
            continue
        for row, act in (pair for rows in versions.values() for pair in rows):
            what = (
                f'event "{clip(act.body["id"])}"'
                if act.body.get("id")
                else f"{act.body['kind']} of {act.body.get('unit') or act.body['area']}"
            )
            table.refuse("R037", row, f"{what}: the file says different things of it")
    return tuple(sorted(kept, key=lambda act: (int(act.body["start"]), int(act.body.get("revision") or -1), said_by(act))))


def _summary(table: _Table, any_event: bool) -> list[Issue]:
    """At most 20 located issues of a kind, then a count."""
    remedy = "The row waits in quarantine; correct it in the file, or how sources.toml reads the file, and load it again."
    issues = []
    for code in sorted({refused[0] for refused in table.rejected}):
        rows = sorted(refused for refused in table.rejected if refused[0] == code)
        for _, line, text, reason in rows[:LOCATED]:
            issues.append(found(code, reason, Location(table.name, line, text=clip(text)), _hint(table, reason) + remedy))
        if len(rows) > LOCATED:
            issues.append(
                found(code, f"more rows rejected for this kind of reason: {len(rows) - LOCATED}", Location(table.name), remedy)
            )
    if not any_event and not table.rejected:
        issues.append(found("R012", "the file holds no events", Location(table.name), ""))
    return issues


def _hint(table: _Table, reason: str) -> str:
    named = re.fullmatch(r'(unit|area) "(.*)" is not declared', reason)
    return closest(named[2], table.plant.units if named[1] == "unit" else table.plant.areas) if named else ""
