"""How might a file be read that no source of sources.toml matches (R3)? A guess, as a block to paste that says what in it is a guess.

Nothing is decided here: the block is text for a person. It is valid, and with it the file loads.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from shiftledger.core.issue import Location, Outcome
from shiftledger.core.period import DAY, HOUR, MINUTE, SECOND
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import closest
from shiftledger.readings.desk_codes import R080, R081, told
from shiftledger.readings.sources.choose import is_stream, label_of, places_of
from shiftledger.readings.sources.guess_cells import (
    QUALITY_NAMES,
    REVISION_NAMES,
    TAG_NAMES,
    VALUE_NAMES,
    decimal_sign,
    is_number,
    is_quality,
    may_be_thousands,
    named,
    numeric_share,
    thousands_sign,
    ungrouped,
)
from shiftledger.readings.sources.guess_meters import Match, matched
from shiftledger.readings.sources.guess_seen import Seen, seen_parquet, seen_workbook
from shiftledger.readings.sources.guess_text import PARQUET, WORKBOOK, written
from shiftledger.readings.sources.guess_times import Times, times_of
from shiftledger.readings.sources.screen import screened
from shiftledger.readings.sources.sheets import open_csv, open_sheet

LONGEST_COLUMN = 200_000  # cells of the time column that are looked at
WIDTH = 80
BY_HAND = "If it holds readings, describe it in sources.toml by hand. Rosters and budgets are no readings: bring them in by `plant import`."
NO_TIMES = "If it holds readings, name the time column and its format by hand. Rosters and budgets are no readings: bring them in by `plant import`."
LISTED = 20  # columns or tags of a file that are named


@dataclass(frozen=True, slots=True)
class Guess:
    """A source that would read the file, the block that declares it, and the plant with it."""

    source: SourceFile
    block: str
    plant: Plant


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns are: tag and value of the long layout, or columns and tags of the wide one; the rest is left out."""

    tag: str = ""
    value: str = ""
    quality: str = ""
    revision: str = ""
    matches: tuple[Match, ...] = ()
    unused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()  # tags in the rows that no meter has
    uncompared: int = 0  # columns that were compared with equal names only
    in_words: tuple[str, ...] = ()  # unused columns that hold words

    @property
    def is_long(self) -> bool:
        return bool(self.tag)


def guess(plant: Plant, path: Path) -> Outcome[Guess | None]:
    """A source for the file, or why none can be guessed. # R3"""
    here = Location(label_of(plant, path))
    if is_stream(path):
        return Outcome(None)  # it was read, and can be read only once
    try:
        table = _seen(plant, path, here)
    except OSError:
        return Outcome(None)  # the file itself is the issue
    if isinstance(table, str):
        return Outcome(None, (told(R081, table, here, BY_HAND),))
    start = plant.settings.day_start
    day_start = (start.hour * HOUR + start.minute * MINUTE) % DAY
    times = times_of({name: table.columns[name] for name in table.times}, table.first_line, day_start)
    if times is None:
        return Outcome(None, (told(R081, "no column holds times that can be read", here, NO_TIMES),))
    names = [name for name in (times.column, times.clock) if name]
    whole = {
        name: cells if len(cells) <= LONGEST_COLUMN else cells[: LONGEST_COLUMN - 1000] + cells[-1000:]
        for name, cells in table.whole(names).items()
    }
    return _guessed(plant, path, here, table, times_of(whole, table.first_line, day_start) or times)


def _seen(plant: Plant, path: Path, here: Location) -> Seen | str:
    """The table of a file of any kind, or why none is seen. OSError if it cannot be read."""
    with path.open("rb") as file:
        beginning = file.read(8)
    if beginning.startswith(PARQUET):
        return seen_parquet(path, ZoneInfo(plant.settings.zone))
    if beginning.startswith(WORKBOOK):
        return seen_workbook(path, here)
    text = written(path)
    if isinstance(text, str):
        return text
    places = places_of(text.header)
    cells = {name: [row[i] for row in text.rows] for name, i in places.items()}
    often = Counter(text.header)
    columns = {
        name: column for name, column in cells.items() if (any(column) if name not in often else name and often[name] == 1)
    }
    columns = dict(sorted(columns.items(), key=lambda item: places[item[0]]))
    header = text.header_line if text.header_line > 1 else 0
    opened = SourceFile("draft", "*", encoding=text.encoding, delimiter=text.delimiter, header_row=header)
    draft = replace(opened, header_rows=text.header_lines)
    why = {"encoding": text.why, "header_row": "a guess: the names of the columns stand there"}
    if text.header_lines > 1:
        why["header_row"] = "a guess: below the names stands another line of the header, of units perhaps"
    whole = partial(_whole_columns, plant, path, draft)
    return Seen(draft, columns, text.header_line + text.header_lines, tuple(columns), whole, why)


def _whole_columns(plant: Plant, path: Path, draft: SourceFile, names: Sequence[str]) -> dict[str, list[str]]:
    """Columns of a whole file of text."""
    with screened(replace(plant, sources={draft.id: draft}), path) as passed:
        opened = open_sheet(passed.result, open_csv).result if passed.result else None
        if opened is None:
            return {}
        columns = opened.columns(names).by_name
        return {name: [str(cell or "").strip() for cell in columns[name].to_pylist()] for name in names}


def _guessed(plant: Plant, path: Path, here: Location, table: Seen, times: Times) -> Outcome[Guess | None]:
    others = {name: cells for name, cells in table.columns.items() if name not in (times.column, times.clock)}
    thousands, shown = thousands_sign(others.values())
    if thousands:
        others = {name: ungrouped(cells, thousands) for name, cells in others.items()}
        why = {**table.why, "thousands": f"as in {' '.join(shown.split())}"}
        table = replace(table, draft=replace(table.draft, thousands=thousands), why=why)
    decimal, commas, points = decimal_sign(others.values())
    if decimal == "," and (shown := may_be_thousands(others.values())):
        open_end = (
            f'CANNOT BE TOLD: is {shown} a number with decimals, or a whole one? If whole: decimal = "." and thousands = ","'
        )
        table = replace(table, why={**table.why, "decimal": open_end})
    layout = _layout(plant, others, decimal)
    layout = replace(layout, unused=(*layout.unused, *table.unfit))
    source = _source(plant, path, table, times, layout, decimal)
    block = "\n".join(_block(plant, source, table, times, layout, (commas, points))) + "\n"
    issue = told(
        R080, f'a guess is made for "{path.name}"', here, "Check what the block calls a guess, and paste it into sources.toml."
    )
    with_it = replace(plant, sources={**plant.sources, source.id: source})
    return Outcome(Guess(source, block, with_it), (issue,))


# --- columns


def _layout(plant: Plant, columns: Mapping[str, Sequence[str]], decimal: str) -> Layout:
    """Long where one column holds names of meters beside one of values, else wide."""
    tags = {meter.tag for meter in plant.meters}
    quality = next((name for name in (named(list(columns), QUALITY_NAMES),) if name and is_quality(columns[name])), "")
    revision = named(list(columns), REVISION_NAMES)
    revision = revision if revision and all(cell.isdigit() for cell in columns[revision] if cell) else ""
    plain = {name: cells for name, cells in columns.items() if name not in (quality, revision)}
    shares = {name: numeric_share(cells, decimal) for name, cells in plain.items()}
    numeric = [name for name in plain if shares[name] >= 0.5]
    words = {name: {cell for cell in cells if cell and not is_number(cell, decimal)} for name, cells in plain.items()}
    telling = {name: len(found & tags) for name, found in words.items()}
    tag = max(telling, key=lambda name: telling[name], default="")
    matches, uncompared = matched(plant, plain, decimal)
    used = {match.column for match in matches}
    if not tag or not telling[tag]:
        tag = named([name for name in plain if shares[name] < 0.5], TAG_NAMES)
        repeated = tag and len(set(plain[tag])) < len(plain[tag]) and len(numeric) == 1
        tag = tag if repeated and used.isdisjoint(numeric) else ""
    candidates = [name for name in plain if name != tag and shares[name] > 0]
    value = named(candidates, VALUE_NAMES) or max(candidates, key=lambda name: shares[name], default="")
    if tag and value:
        unknown = tuple(sorted(words[tag] - tags))
        rest = tuple(name for name in plain if name not in (tag, value))
        return Layout(tag, value, quality, revision, (), rest, unknown)
    unused = tuple(name for name in plain if name not in used)
    in_words = tuple(name for name in unused if shares[name] < 0.5 and any(plain[name]))
    return Layout("", "", quality, revision, matches, unused, (), uncompared, in_words)


def _source(plant: Plant, path: Path, table: Seen, times: Times, layout: Layout, decimal: str) -> SourceFile:
    name = re.sub(r"[^\w-]+", "-", path.name.partition(".")[0]).strip("-")[:40] or "file"
    ids = (name, *(f"{name}-{i}" for i in range(2, 1000)))
    free = next(one for one in ids if one not in plant.sources and one not in ("site", "outside"))
    kinds = {meter.tag: meter.kind for meter in plant.meters}
    spans = layout.is_long or any(kinds[match.tag] in ("interval", "rate") for match in layout.matches)
    in_order = not (layout.is_long or layout.in_words) and times.repeats > 1 and times.step % times.repeats == 0
    stamps = times.stamps if spans and not in_order else "instant"
    pace = times.step // times.repeats if in_order else times.step if stamps != "instant" else 0
    return replace(
        table.draft,
        id=free,
        match=re.sub(r"([\[*?])", r"[\1]", label_of(plant, path)),
        layout="long" if layout.is_long else "wide",
        decimal=decimal,
        time=times.column,
        time_format=times.form if table.draft.time_format == "iso" else table.draft.time_format,
        stamps=stamps,
        interval=pace,
        order="position" if in_order else "any",
        clock=times.clock,
        midnight=times.midnight,
        tag=layout.tag or "tag",
        value=layout.value or "value",
        quality=layout.quality,
        revision=layout.revision,
        columns=tuple(sorted((match.column, match.tag) for match in layout.matches)),
    )


# --- the block


def _block(plant: Plant, source: SourceFile, table: Seen, times: Times, layout: Layout, signs: tuple[int, int]) -> list[str]:
    """The lines of TOML, with a remark for whatever is a guess."""
    name = source.id if source.id.isascii() else _quoted(source.id)
    lines = [f"[source.{name}]"]
    lines += _given("match", source.match, "this very file; write a * for what changes from file to file")
    lines += _opening_lines(source, table.why, signs)
    lines += [*_given("layout", source.layout), *_time_lines(source, times, table.why, plant)]
    lines += [line for key in ("quality", "revision") if getattr(source, key) for line in _given(key, getattr(source, key))]
    if layout.is_long:
        lines += [*_given("tag", source.tag), *_given("value", source.value)]
        for tag in layout.unknown[:LISTED]:
            hint = closest(tag, {meter.tag for meter in plant.meters})
            lines += _remark(f"the tag {_quoted(tag)} is not in meters.csv. {hint}".strip())
        if len(layout.unknown) > LISTED:
            lines += _remark(f"{len(layout.unknown) - LISTED:,} more tags are not in meters.csv")
    else:
        lines += _column_lines(name, layout)
    if layout.uncompared:
        lines += _remark(f"{layout.uncompared:,} columns were compared with equal names only: too many to look for names alike")
    if layout.unused:
        more = f" and {len(layout.unused) - LISTED:,} more columns" if len(layout.unused) > LISTED else ""
        lines += _remark(f"not read: {', '.join(map(_quoted, layout.unused[:LISTED]))}{more}")
    return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


def _opening_lines(source: SourceFile, why: Mapping[str, str], signs: tuple[int, int]) -> list[str]:
    """How the file is opened, where that is not as a rule."""
    lines = _given("format", source.format) if source.format != "csv" else []
    for key in ("sheet", "encoding", "delimiter"):
        if getattr(source, key) != getattr(SourceFile(""), key):
            lines += _given(key, getattr(source, key), why.get(key, ""))
    if source.decimal != ".":
        counted = f"{signs[0]} numbers with a comma, {signs[1]} with a point"
        lines += _given("decimal", source.decimal, why.get("decimal", counted))
    if source.thousands:
        lines += _given("thousands", source.thousands, why["thousands"])
    if source.header_row or source.header_rows > 1:
        lines += _remark(why["header_row"])
        lines += [f"header_row = {source.header_row}"] if source.header_row else []
        lines += [f"header_rows = {source.header_rows}"] if source.header_rows > 1 else []
    return lines


def _time_lines(source: SourceFile, times: Times, why: Mapping[str, str], plant: Plant) -> list[str]:
    lines = [*_given("time", source.time), *(_given("clock", source.clock) if source.clock else [])]
    if source.time_format != "iso":
        lines += _given("time_format", source.time_format, why.get("time_format") or times.notes.get("time_format", ""))
    if source.stamps != "instant":
        lines += _given("stamps", source.stamps, times.notes.get("stamps", "a guess"))
        lines += _given("interval", _duration(source.interval))
    elif source.order == "position":
        runs = f"a guess: {times.repeats} rows carry one stamp, and follow each other"
        lines += [*_given("order", "position", runs), *_given("interval", _duration(source.interval))]
    elif times.step:
        often = f"one stamp every {_duration(times.step)} as a rule"
        lines += _remark(f"{often}; if they name the start or the end of an interval, add stamps and interval")
    if source.midnight != "new":
        lines += _given("midnight", source.midnight, times.notes["midnight"])
    lines += _remark(f"zone: the plant's, {plant.settings.zone}, unless the stamps carry an offset")
    if "repeats" in times.notes and source.layout == "wide" and source.order == "any":
        lines += _remark(times.notes["repeats"])
    return lines


def _column_lines(name: str, layout: Layout) -> list[str]:
    if not layout.matches:
        wanted = ", ".join(f'{_quoted(column)} = "TAG"' for column in layout.unused[:3])
        remark = "no column is like a meter of meters.csv. Declare the meters, then name columns and tags here:"
        other = f"columns of words ({', '.join(map(_quoted, layout.in_words[:LISTED]))}): are the rows lots, bills or "
        other += 'laboratory results? Then the layout is "lots" or "lab"; the how-to "Lots, bills and the laboratory" shows both'
        return [*(_remark(other) if layout.in_words else []), *_remark(remark), f"# columns = {{{wanted}}}"]
    lines = ["", f"[source.{name}.columns]"]
    for match in layout.matches:
        sure = match.likeness >= 0.999 and match.by == match.tag
        why = "" if sure else f"a guess: like {_quoted(match.by)}, {match.likeness:.0%}"
        if match.odd:
            lines += _remark(f"its cells are no plain numbers, such as {_quoted(match.odd)}: such cells wait in quarantine")
        lines += _given(_quoted(match.column), match.tag, why)
    return lines


def _given(key: str, value: str, why: str = "") -> list[str]:
    """A key with its value; why it is believed behind it, or before it where that would be too wide."""
    line = f"{key} = {_quoted(value)}"
    if not why:
        return [line]
    short = f"{line}  # {why}"
    return [short] if len(short) <= WIDTH else [*_remark(why), line]


def _remark(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_long_words=False)


def _quoted(text: str) -> str:
    """A TOML string on one line."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in plain) + '"'


def _duration(length: int) -> str:
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1000, "ms")):
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length}us"
