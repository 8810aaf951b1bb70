"""How might a file be read that no source of sources.toml matches (R3)? A guess, as a block to paste that says what in it is a guess.

Nothing is decided here: the block is text for a person. It is valid, and with it the file loads.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shiftledger.core.issue import Location, Outcome
from shiftledger.core.period import DAY, HOUR, MINUTE, SECOND
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import closest
from shiftledger.readings.desk_codes import R080, R081, told
from shiftledger.readings.sources.choose import is_stream, label_of
from shiftledger.readings.sources.guess_cells import (
    QUALITY_NAMES,
    REVISION_NAMES,
    TAG_NAMES,
    VALUE_NAMES,
    Match,
    decimal_sign,
    is_number,
    is_quality,
    matched,
    named,
    numeric_share,
)
from shiftledger.readings.sources.guess_text import Written, written
from shiftledger.readings.sources.guess_times import Times, times_of
from shiftledger.readings.sources.screen import screened
from shiftledger.readings.sources.sheets import open_csv, open_sheet

LONGEST_COLUMN = 200_000  # cells of the time column that are looked at
WIDTH = 80
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

    @property
    def is_long(self) -> bool:
        return bool(self.tag)


def guess(plant: Plant, path: Path) -> Outcome[Guess | None]:
    """A source for the file, or why none can be guessed. # R3"""
    here = Location(label_of(plant, path))
    if is_stream(path):
        return Outcome(None)  # it was read, and can be read only once
    try:
        table = written(path)
    except OSError:
        return Outcome(None)  # the file itself is the issue
    if isinstance(table, str):
        return Outcome(None, (told(R081, table, here, "Describe the file in sources.toml by hand."),))
    columns = {name: [row[i] for row in table.rows] for i, name in enumerate(table.header) if name}
    start = plant.settings.day_start
    day_start = (start.hour * HOUR + start.minute * MINUTE) % DAY
    times = times_of(columns, table.header_line + 1, day_start)
    if times is None:
        return Outcome(
            None, (told(R081, "no column holds times that can be read", here, "Name the time column and its format by hand."),)
        )
    names = [name for name in (times.column, times.clock) if name]
    times = times_of(_whole_columns(plant, path, table, names), table.header_line + 1, day_start) or times
    return _guessed(plant, path, here, table, columns, times)


def _guessed(
    plant: Plant, path: Path, here: Location, table: Written, columns: Mapping[str, Sequence[str]], times: Times
) -> Outcome[Guess | None]:
    others = {name: cells for name, cells in columns.items() if name != times.column}
    decimal, commas, points = decimal_sign(others.values())
    layout = _layout(plant, others, decimal)
    source = _source(plant, path, table, times, layout, decimal)
    block = "\n".join(_block(plant, source, table, times, layout, (commas, points))) + "\n"
    issue = told(
        R080, f'a guess is made for "{path.name}"', here, "Check what the block calls a guess, and paste it into sources.toml."
    )
    with_it = replace(plant, sources={**plant.sources, source.id: source})
    return Outcome(Guess(source, block, with_it), (issue,))


def _whole_columns(plant: Plant, path: Path, table: Written, names: Sequence[str]) -> dict[str, list[str]]:
    """Columns of the whole file, as far as it is not absurdly long."""
    draft = SourceFile("draft", "*", encoding=table.encoding, delimiter=table.delimiter, header_row=table.header_line)
    with screened(replace(plant, sources={draft.id: draft}), path) as passed:
        opened = open_sheet(passed.result, open_csv).result if passed.result else None
        if opened is None:
            return {}
        columns = opened.columns(names).by_name
        cells = {name: [str(cell or "").strip() for cell in columns[name].to_pylist()] for name in names}
    return {
        name: all_ if len(all_) <= LONGEST_COLUMN else all_[: LONGEST_COLUMN - 1000] + all_[-1000:]
        for name, all_ in cells.items()
    }


# --- columns


def _layout(plant: Plant, columns: Mapping[str, Sequence[str]], decimal: str) -> Layout:
    """Long where one column holds names of meters beside one of values, else wide."""
    tags = {meter.tag for meter in plant.meters}
    quality = next((name for name in (named(list(columns), QUALITY_NAMES),) if name and is_quality(columns[name])), "")
    revision = named(list(columns), REVISION_NAMES)
    revision = revision if revision and all(cell.isdigit() for cell in columns[revision] if cell) else ""
    plain = {name: cells for name, cells in columns.items() if name not in (quality, revision)}
    numeric = [name for name, cells in plain.items() if numeric_share(cells, decimal) >= 0.5]
    words = {name: {cell for cell in cells if cell and not is_number(cell, decimal)} for name, cells in plain.items()}
    telling = {name: len(found & tags) for name, found in words.items()}
    tag = max(telling, key=lambda name: telling[name], default="")
    matches = matched(plant, plain, decimal)
    if not tag or not telling[tag]:
        tag = named([name for name in plain if name not in numeric], TAG_NAMES)
        repeated = tag and len(set(plain[tag])) < len(plain[tag]) and len(numeric) == 1
        tag = tag if repeated and not any(match.column in numeric for match in matches) else ""
    candidates = [name for name in plain if name != tag and numeric_share(plain[name], decimal) > 0]
    value = named(candidates, VALUE_NAMES) or max(candidates, key=lambda n: numeric_share(plain[n], decimal), default="")
    if tag and value:
        unknown = tuple(sorted(words[tag] - tags))
        rest = tuple(name for name in plain if name not in (tag, value))
        return Layout(tag, value, quality, revision, (), rest, unknown)
    unused = tuple(name for name in plain if name not in {match.column for match in matches})
    return Layout("", "", quality, revision, matches, unused)


def _source(plant: Plant, path: Path, table: Written, times: Times, layout: Layout, decimal: str) -> SourceFile:
    name = re.sub(r"[^\w-]+", "-", path.name.partition(".")[0]).strip("-")[:40] or "file"
    ids = (name, *(f"{name}-{i}" for i in range(2, 1000)))
    free = next(one for one in ids if one not in plant.sources and one not in ("site", "outside"))
    kinds = {meter.tag: meter.kind for meter in plant.meters}
    spans = layout.is_long or any(kinds[match.tag] in ("interval", "rate") for match in layout.matches)
    in_order = not layout.is_long and times.repeats > 1 and times.step % times.repeats == 0
    stamps = times.stamps if spans and not in_order else "instant"
    pace = times.step // times.repeats if in_order else times.step if stamps != "instant" else 0
    return SourceFile(
        free,
        match=re.sub(r"([\[*?])", r"[\1]", label_of(plant, path)),
        layout="long" if layout.is_long else "wide",
        encoding=table.encoding,
        delimiter="\t" if table.delimiter == "\t" else table.delimiter,
        decimal=decimal,
        time=times.column,
        time_format=times.form,
        stamps=stamps,
        interval=pace,
        order="position" if in_order else "any",
        clock=times.clock,
        header_row=table.header_line if table.header_line > 1 else 0,
        midnight=times.midnight,
        tag=layout.tag or "tag",
        value=layout.value or "value",
        quality=layout.quality,
        revision=layout.revision,
        columns=tuple(sorted((match.column, match.tag) for match in layout.matches)),
    )


# --- the block


def _block(plant: Plant, source: SourceFile, table: Written, times: Times, layout: Layout, signs: tuple[int, int]) -> list[str]:
    """The lines of TOML, with a remark for whatever is a guess."""
    name = source.id if source.id.isascii() else _quoted(source.id)
    lines = [f"[source.{name}]"]
    lines += _given("match", source.match, "this very file; write a * for what changes from file to file")
    if source.encoding != "utf-8":
        lines += _given("encoding", source.encoding, table.why)
    if source.delimiter != ",":
        lines += _given("delimiter", source.delimiter)
    if source.decimal != ".":
        lines += _given("decimal", source.decimal, f"{signs[0]} numbers with a comma, {signs[1]} with a point")
    if table.header_line > 1:
        lines += [*_remark("a guess: the names of the columns stand there"), f"header_row = {table.header_line}"]
    lines += [*_given("layout", source.layout), *_time_lines(source, times, plant)]
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
    if layout.unused:
        more = f" and {len(layout.unused) - LISTED:,} more columns" if len(layout.unused) > LISTED else ""
        lines += _remark(f"not read: {', '.join(map(_quoted, layout.unused[:LISTED]))}{more}")
    return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


def _time_lines(source: SourceFile, times: Times, plant: Plant) -> list[str]:
    lines = [*_given("time", source.time), *(_given("clock", source.clock) if source.clock else [])]
    if source.time_format != "iso":
        lines += _given("time_format", source.time_format, times.notes.get("time_format", ""))
    if source.stamps != "instant":
        lines += _given("stamps", source.stamps, times.notes.get("stamps", "a guess"))
        lines += _given("interval", _duration(source.interval))
    elif source.order == "position":
        why = f"a guess: {times.repeats} rows carry one stamp, and follow each other"
        lines += [*_given("order", "position", why), *_given("interval", _duration(source.interval))]
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
        return [*_remark(remark), f"# columns = {{{wanted}}}"]
    lines = ["", f"[source.{name}.columns]"]
    for match in layout.matches:
        sure = match.likeness >= 0.999 and match.by == match.tag
        why = "" if sure else f"a guess: like {_quoted(match.by)}, {match.likeness:.0%}"
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
