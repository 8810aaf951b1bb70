"""What became of the refused rows, and what a person decides about them (R4, R5).

A row is open until it is readmitted (read again and loaded), dropped (rightly refused), overruled (another row of its point was
readmitted), loaded (what it says is known by now), or superseded (its file was corrected and loaded again). Readmitting and dropping
are acts; doing either twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

import numpy as np

from shiftledger.acts.acts import Act, checked, read_acts, record
from shiftledger.acts.state import State
from shiftledger.core.canon import content_hash
from shiftledger.core.issue import Issue, Location, Outcome, failing, ordered
from shiftledger.core.period import local_iso
from shiftledger.plant.model import Plant
from shiftledger.readings.aside import rows_of
from shiftledger.readings.batch import LoadReport
from shiftledger.readings.codes import LOCATED, closest
from shiftledger.readings.desk_codes import R065, R066, R067, R068, R069, told
from shiftledger.readings.lake import append, batch_records
from shiftledger.readings.points import above_all, known_points, known_rows
from shiftledger.readings.quarantine import Refused, refused_rows
from shiftledger.readings.reread import AGAIN, Again, Said, batch_of, read_again
from shiftledger.readings.superseded import superseded

Standing = Literal["open", "readmitted", "dropped", "overruled", "loaded", "superseded"]
LONGEST = 500_000  # readings of a column that are readmitted one by one
SHORTEST = 6  # characters of an id that may stand for it
BY_A_PERSON = " (readmitted by "  # between a source and who readmitted its rows, in the name of their batch


@dataclass(frozen=True, slots=True)
class Kept:
    """A refused row and what became of it: by which act, and, where it is open, what it lacks today ("": it could be readmitted)."""

    row: Refused
    standing: Standing
    act: int | None = None
    lacks: str = ""
    batch: int | None = None  # superseded: by which load, if not by an act


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided: the act (None: nothing was to decide), the rows, and what was loaded by it."""

    act: Act | None
    rows: tuple[str, ...] = ()
    reports: tuple[LoadReport, ...] = ()


def kept_rows(plant: Plant, state: State) -> tuple[Kept, ...]:
    """Every refused row with its standing today, by source and line. # R4"""
    decided: dict[str, tuple[Standing, int]] = {}
    for act in read_acts(state):
        for name in act.body.get("rows", "").split():
            if act.kind in ("readmit", "drop"):
                decided[name] = ("readmitted" if act.kind == "readmit" else "dropped", act.seq)
        for name in act.body.get("rivals", "").split():
            if act.kind == "readmit":
                decided[name] = ("overruled", act.seq)
    rows = refused_rows(state)
    waiting = {one.row.id: one for one in read_again(plant, [row for row in rows if row.id not in decided])}
    known = _known(state, list(waiting.values()))
    later = superseded(plant, state, [row for row in rows if row.id in waiting and row.id not in known])
    kept = []
    for row in rows:
        if row.id in decided:
            kept.append(Kept(row, *decided[row.id]))
        elif row.id in later:
            kept.append(Kept(row, "superseded", later[row.id].act, waiting[row.id].why, later[row.id].batch))
        else:
            kept.append(Kept(row, "loaded" if row.id in known else "open", None, waiting[row.id].why))
    return tuple(kept)


def _known(state: State, again: Sequence[Again]) -> set[str]:
    """The rows of which everything that they say is known."""
    said = [(one.row.id, reading) for one in again for reading in one.said]
    known, _, _ = known_points(state, batch_of("", [(reading, 0) for _, reading in said]))
    missing = {name for (name, _), there in zip(said, known.tolist(), strict=True) if not there}
    return ({name for name, _ in said} - missing) | _known_columns(state, [one for one in again if one.batch is not None])


def _known_columns(state: State, columns: Sequence[Again]) -> set[str]:
    """The columns of which every cell that can be read is known; file by file, for they may be many and long."""
    found = set()
    for _, group in groupby(columns, key=lambda one: one.row.column and one.row.column.path):
        waiting = [(one.row.id, one.batch) for one in group if one.batch is not None]
        known = known_rows(state, rows_of([batch for _, batch in waiting]))
        ends = np.cumsum([len(batch.ts) for _, batch in waiting])
        parts = np.split(known, ends[:-1])
        found |= {name for (name, _), part in zip(waiting, parts, strict=True) if part.all()}
    return found


def readmit(
    plant: Plant, state: State, names: Iterable[str], draft: Act, *, source: str | None = None, value: str | None = None
) -> Outcome[Decided]:
    """Read refused rows again with today's text and load them, all or none; the draft says who, in which role, when and why. # R4, R5

    Rows are named by id; or all open rows of a `source`, of which those that still cannot be read stay. `value` takes the place of
    what one row said. Two rows that contradict each other, or what is known, need a person's word: one of them, or a value.
    """
    chosen, kept, issues = _chosen(plant, state, names, source)
    cut_off = _cut_off(plant, state, [one.row for one in (chosen if source is None else kept) if one.standing == "loaded"])
    if source is not None:
        chosen += [one for one in kept if one.row.id in cut_off and one.row.source == source]
    rows = []
    for one in chosen:
        if one.row.id in cut_off:
            rows.append(one.row)
        elif one.standing in ("readmitted", "loaded"):
            issues.append(_nothing(one))
        elif one.standing == "overruled":
            remedy = "Enter the value that holds by hand; the later one counts."
            issues.append(
                told(R067, f"row {one.row.id}: another row of its point was readmitted by act {one.act}", _at(one), remedy)
            )
        else:
            rows.append(one.row)
    if value is not None and len(rows) > 1:
        issues.append(told(R067, f"one value for {len(rows)} rows", Location("--value"), "Readmit them one by one."))
    issues += _act_faults(draft, rows)
    if failing(issues) or not rows:
        return Outcome(Decided(None), ordered(issues))
    again, problems = _usable(
        state,
        [_whole(one, value) for one in read_again(plant, rows, value)],
        zone=plant.settings.zone,
        named=source is None,
        value=value,
    )
    issues += problems
    if failing(issues) or not again:
        return Outcome(Decided(None), ordered(issues))
    rivals = _rivals(plant, kept, again)
    return _readmitted(state, again, rivals, draft, value, issues, plant.settings.zone)


def drop(plant: Plant, state: State, names: Iterable[str], draft: Act, *, source: str | None = None) -> Outcome[Decided]:
    """Decide that refused rows are rightly refused; they are kept, and no longer open. # R4, R5"""
    chosen, _, issues = _chosen(plant, state, names, source)
    rows = []
    for one in chosen:
        if one.standing in ("readmitted", "loaded") and source is None:
            issues.append(told(R069, f"row {one.row.id} is in the readings already", _at(one), R069.explanation))
        elif one.standing in ("open", "overruled", "superseded"):
            rows.append(one.row)
        elif source is None:
            issues.append(_nothing(one))
    issues += _act_faults(draft, rows)
    if failing(issues) or not rows:
        return Outcome(Decided(None), ordered(issues))
    return _recorded(state, rows, draft, {}, (), issues)


# --- which rows are meant


def _chosen(
    plant: Plant, state: State, names: Iterable[str], source: str | None
) -> tuple[list[Kept], tuple[Kept, ...], list[Issue]]:
    kept = kept_rows(plant, state)
    if source is not None:
        chosen = [one for one in kept if one.row.source == source and one.standing == "open"]
        if not any(one.row.source == source for one in kept):
            remedy = f"{closest(source, {one.row.source for one in kept})}Name the file as the list does."
            return [], kept, [told(R065, f'no row of "{source}" was refused', Location("--file"), remedy)]
        return chosen, kept, []
    found: list[Kept] = []
    issues: list[Issue] = []
    for name in dict.fromkeys(names):
        fitting = [one for one in kept if one.row.id == name or (len(name) >= SHORTEST and one.row.id.startswith(name))]
        if len(fitting) == 1:
            found.append(fitting[0])
        else:
            what = f'"{name[:40]}" stands for {len(fitting)} rows' if fitting else f'no refused row is called "{name[:40]}"'
            issues.append(
                told(R065, what, Location("quarantine"), closest(name, [one.row.id for one in kept]) + R065.explanation)
            )
    if not found and not issues:
        issues.append(told(R065, "no row was named", Location("quarantine"), R065.explanation))
    return list({one.row.id: one for one in found}.values()), kept, issues


def _at(one: Kept | Again) -> Location:
    return Location(one.row.source, one.row.line)


def _nothing(one: Kept) -> Issue:
    by = f" by act {one.act}" if one.act is not None else " meanwhile"
    return told(R068, f"row {one.row.id} was {one.standing}{by}", _at(one))


def _act_faults(draft: Act, rows: Sequence[Refused]) -> tuple[Issue, ...]:
    """What is wrong with who and in which role, before anything is loaded."""
    return checked(replace(draft, body={**draft.body, "rows": "0"})) if rows else ()


# --- what they say


def _whole(one: Again, value: str | None = None) -> Again:
    """A column with its readings one by one, unless it is too long for that."""
    if one.batch is None:
        return one
    if value is not None:
        return Again(one.row, why="it is a whole column, and --value is for one cell; readmit it, then enter the value")
    if len(one.batch.ts) > LONGEST:
        return Again(one.row, why=f"the column has {len(one.batch.ts):,} readings; {AGAIN}")
    return replace(one, said=tuple(said for said, _ in one.told()))


def _usable(
    state: State, again: Sequence[Again], *, zone: str, named: bool, value: str | None
) -> tuple[list[Again], list[Issue]]:
    """The rows that can be loaded; those that cannot are errors where they were named, else they stay as they are."""
    faults: dict[str, Issue] = {}
    for one in again:
        if one.why:
            remedy = "Correct the plant's text, or give --value, or drop the row."
            faults[one.row.id] = told(R066, f"row {one.row.id} still cannot be read: {one.why}", _at(one), remedy)
    readable = [one for one in again if one.row.id not in faults]
    pairs = [(one, said) for one in readable for said in one.said]
    _, otherwise, best = known_points(state, batch_of("", [(said, 0) for _, said in pairs]))
    standing = {
        (best.tags[t], ts): (v, b) for t, ts, v, b in zip(best.tag, best.ts.tolist(), best.value, best.batch, strict=True)
    }
    meant: dict[tuple[str, int], set[tuple[str, int, int]]] = {}
    for _, said in pairs:
        meant.setdefault((said.tag, said.ts), set()).add((repr(said.value), said.quality, said.revision))
    for (one, said), known in zip(pairs, otherwise.tolist(), strict=True):
        point = f"{said.tag} at {local_iso(said.ts, zone)}"
        if len(meant[said.tag, said.ts]) > 1:
            faults[one.row.id] = told(
                R067, f"row {one.row.id} and another say different things of {point}", _at(one), R067.explanation
            )
        elif known and value is None:
            number, batch = standing[said.tag, said.ts]
            message = f"row {one.row.id}: {point} is {said.value:g}, but known as {number:g} (batch {batch})"
            faults[one.row.id] = told(R067, message, _at(one), "Give --value with the one that holds, or drop the row.")
    issues = list(faults.values())
    if not named:
        issues = [replace(issue, severity="warning") for issue in issues]
        rest = len(issues) - LOCATED
        issues = issues[:LOCATED] + ([told(R066, f"{rest} more rows stay in quarantine")] if rest > 0 else [])
        issues = [replace(issue, severity="warning") for issue in issues]
    return [one for one in again if one.row.id not in faults], issues


def _rivals(plant: Plant, kept: Sequence[Kept], again: Sequence[Again]) -> tuple[str, ...]:
    """Open rows that were refused for contradicting one of these: the person's choice overrules them."""
    points = {(said.tag, said.ts) for one in again for said in one.said}
    chosen = {one.row.id for one in again}
    others = [one.row for one in kept if one.standing == "open" and one.row.id not in chosen and one.row.reading is not None]
    return tuple(sorted(row.id for row in others if row.reading is not None and row.reading[:2] in points))


def _cut_off(plant: Plant, state: State, loaded: Sequence[Refused]) -> set[str]:
    """The rows that a readmission loaded before it was killed: its act is still to be recorded. # R5

    Of a column some readings may have been known before, from another file.
    """
    told_at = {act.made_at for act in read_acts(state) if act.kind == "readmit"}
    by_person = [one for one in batch_records(state) if BY_A_PERSON in one.source and one.known_at not in told_at]
    left = {one.seq: one.source.partition(BY_A_PERSON)[0] for one in by_person}
    if not left or not loaded:
        return set()
    again = [_whole(one) for one in read_again(plant, loaded)]
    _, _, best = known_points(state, batch_of("", [(said, 0) for one in again for said in one.said]))
    points = zip(best.tag.tolist(), best.ts.tolist(), best.batch.tolist(), strict=True)
    of_person = {(best.tags[tag], ts, left[batch]) for tag, ts, batch in points if batch in left}
    found = set()
    for one in again:
        by_it = [(said.tag, said.ts, one.row.source) in of_person for said in one.said]
        if any(by_it) if one.batch is not None else by_it and all(by_it):
            found.add(one.row.id)
    return found


# --- what is written


def _readmitted(
    state: State,
    again: Sequence[Again],
    rivals: tuple[str, ...],
    draft: Act,
    value: str | None,
    issues: list[Issue],
    zone: str,
) -> Outcome[Decided]:
    """Load the rows, one batch a source, then record the act: after a crash between the two, asking again records it."""
    reports = []
    by_source: dict[str, list[tuple[Said, int]]] = {}
    for one in again:
        by_source.setdefault(one.row.source, []).extend(one.told())
    rows = [one.row for one in again]
    for source in sorted(by_source):
        batch = batch_of(f"{source}{BY_A_PERSON}{draft.who})", by_source[source])
        batch = above_all(state, batch) if value is not None else batch
        left = [one.batch for one in again if one.batch is not None and one.row.source == source]
        refused = tuple(row for part in left for row in part.rejected)
        batch = replace(
            batch, zone=zone, rejected=refused, cells={key: text for part in left for key, text in part.cells.items()}
        )
        decided = content_hash(["readmit", sorted(row.id for row in rows if row.source == source), value or "", draft.made_at])
        done = append(state, batch, draft.made_at, decided=decided)
        issues += done.issues
        reports.append(done.result)
    if failing(issues):
        return Outcome(Decided(None, (), tuple(reports)), ordered(issues))
    return _recorded(state, rows, draft, {"value": value} if value is not None else {}, rivals, issues, tuple(reports))


def _recorded(
    state: State,
    rows: Sequence[Refused],
    draft: Act,
    more: dict[str, str],
    rivals: tuple[str, ...],
    issues: list[Issue],
    reports: tuple[LoadReport, ...] = (),
) -> Outcome[Decided]:
    names = tuple(sorted(row.id for row in rows))
    body = {**draft.body, "rows": " ".join(names), **more} | ({"rivals": " ".join(rivals)} if rivals else {})
    bound = content_hash(sorted([row.id, row.source, row.text] for row in rows))
    done = record(state, replace(draft, body=body, on_hash=bound))
    return Outcome(Decided(done.result, names if done.result else (), reports), ordered([*issues, *done.issues]))
