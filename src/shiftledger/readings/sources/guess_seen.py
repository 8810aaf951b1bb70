"""What can be seen of an unknown file, whatever its format (R3)? Columns as text, those that may hold times, and how the file is opened.

Text is tried in `guess_text`. Parquet and workbooks know what their cells are: a column of times is known by its type, and a number has no
decimal sign to be told. Workbooks are read as a load reads them, in the same limited process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shiftledger.core.issue import Location
from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import EARLIEST, LATEST
from shiftledger.readings.sources.book_cells import as_times
from shiftledger.readings.sources.cells import Column, said
from shiftledger.readings.sources.guess_cells import is_number, is_time_like
from shiftledger.readings.sources.guess_times import TIME_NAMES, is_iso, times_of
from shiftledger.readings.sources.sheets import holds_readings, one_chunk, plain
from shiftledger.readings.sources.stamps import SERIAL
from shiftledger.readings.sources.workbook import Table, open_table, sheets_of

SAMPLE_CELLS = 1_000_000  # of a typed file that are looked at
SAMPLE_ROWS = 5_000
TOP = 50  # rows among which the header is looked for
HEADER_ROWS = 3
SHEETS = 8  # of a workbook that are looked at
DAYS = (25_000, 75_000)  # 1968 to 2105, as spreadsheets count days
FORMAT = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, slots=True)
class Seen:
    """A table of an unknown file.

    `draft`: how the file is opened (format, encoding, delimiter, sheet, header). `columns`: the cells of the first rows as text, by name,
    the first of them on line `first_line`; real numbers are written without a decimal sign. `times`: the columns that may hold times.
    `whole` gives columns of the whole file. `why`: what is believed of the draft, and why, by key. `unfit`: columns of other matter.
    """

    draft: SourceFile
    columns: Mapping[str, Sequence[str]]
    first_line: int
    times: tuple[str, ...]
    whole: Callable[[Sequence[str]], Mapping[str, list[str]]]
    why: Mapping[str, str] = field(default_factory=dict)
    unfit: tuple[str, ...] = ()


# --- Parquet


def seen_parquet(path: Path, zone: ZoneInfo) -> Seen | str:
    """A Parquet file by its schema and its first rows, or why it is no table of readings; instants are shown as times of the zone."""
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            names = [name for name, often in Counter(schema.names).items() if name and often == 1]
            fit = {column.name for column in schema if holds_readings(column.type)}
            readable = [name for name in names if name in fit]
            rows = max(100, min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(readable), 1)))
            first = next(file.iter_batches(batch_size=rows, columns=readable), None)
    except (pa.ArrowException, OSError, ValueError):
        return "the Parquet file ends early or is damaged"
    if first is None or not len(first):
        return "the Parquet file has no rows"
    cells = {name: plain(one_chunk(pa.chunked_array([first.column(i)]))) for i, name in enumerate(readable)}
    typed = tuple(name for name, column in cells.items() if pa.types.is_timestamp(column.type))
    words = tuple(name for name, column in cells.items() if _is_text(column.type))

    def whole(asked: Sequence[str]) -> Mapping[str, list[str]]:
        table = pq.read_table(path, columns=list(asked))
        return {name: _texts(_listed(plain(one_chunk(table.column(name))), zone)) for name in asked}

    columns = {name: _texts(_listed(column, zone)) for name, column in cells.items()}
    unfit = tuple(name for name in names if name not in cells)
    return Seen(SourceFile("draft", "*", format="parquet"), columns, 1, typed or words, whole, {}, unfit)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _listed(column: Column, zone: ZoneInfo) -> list[Any]:
    """The cells; a time that no calendar holds is none."""
    if pa.types.is_timestamp(column.type):
        at = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        there = pa.array((at >= EARLIEST) & (at < LATEST))
        column = pc.if_else(there, column, pa.scalar(None, column.type))
        column = column.cast(pa.timestamp("us", zone.key)) if column.type.tz is not None else column
    return list(column.to_pylist())


# --- workbooks


def seen_workbook(path: Path, here: Location) -> Seen | str:
    """The sheet of a workbook that looks most like a table of readings, or why none does."""
    draft = SourceFile("draft", "*", format="excel")
    several = sheets_of(path, draft)
    found: list[Seen] = []
    reasons: list[str] = []
    for sheet in several[:SHEETS] or ("",):
        opened = open_table(path, replace(draft, sheet=sheet), here)
        if opened.result is None:
            reasons.append(opened.issues[0].message)
            continue
        seen = _sheet(opened.result)
        if isinstance(seen, str):
            reasons.append(seen)
        else:
            found.append(seen)
    telling = [seen for seen in found if times_of({name: seen.columns[name] for name in seen.times}, 1, 0)]
    if not telling:
        return reasons[0] if reasons and not found else "no column of the workbook holds times that can be read"
    if not several:
        return telling[0]
    others = ", ".join(f'"{name}"' for name in several if name != telling[0].draft.sheet)
    note = f"a guess: the first sheet that looks like readings; others with content: {others}"
    return replace(telling[0], why={**telling[0].why, "sheet": note})


def _sheet(table: Table) -> Seen | str:
    """One sheet as a table: its header is above the first row with a time or a number beside other cells."""
    top = range(min(len(table.rows), TOP + HEADER_ROWS))
    width = table.width()
    telling = {n for n in top if _tells([table.at(n, c) for c in range(width)])}
    held = next((header for n in sorted(telling) if (header := _header(table, n, telling))), None)
    if held is None:
        return "no row looks like a header: names in every column, readings below"
    first, body, names = held
    place = {name: c for c, name in enumerate(names) if name}
    rows = range(body, min(len(table.rows), body + max(100, min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(place), 1)))))
    why = {"header_row": "a guess: the names of the columns stand there"}
    cells = {name: [table.value(n, c) for n in rows] for name, c in place.items()}
    serial = "serial-1900" if table.head.date_1904 is None else "iso"
    days = [name for name, column in cells.items() if _counts_days(name, column)]
    dated = [name for name, column in cells.items() if any(isinstance(cell, date) for cell in column)]
    time_format = serial if days and not dated else "iso"
    if time_format in SERIAL:
        why["time_format"] = "a guess: numbers that count days from 1900; serial-1904 where the workbook counts from 1904"
    words = [name for name, column in cells.items() if any(isinstance(cell, str) and cell for cell in column)]
    clocks = [name for name in place if name not in dated and all(isinstance(cell, time) or cell == "" for cell in cells[name])]
    times = dated or days or words

    def texts(name: str, column: list[Any]) -> list[str]:
        return _time_texts(column, time_format, table.head.date_1904) if name in (*dated, *days) else _texts(column)

    def whole(asked: Sequence[str]) -> Mapping[str, list[str]]:
        return {name: texts(name, [table.value(n, place[name]) for n in range(body, len(table.rows))]) for name in asked}

    columns = {name: texts(name, column) for name, column in cells.items()}
    skipped = table.first_with_content()
    draft = replace(
        table.source,
        header_row=first + 1 if first != skipped else 0,
        header_rows=body - first,
        time_format=time_format,
    )
    return Seen(draft, columns, body + 1, tuple(dict.fromkeys((*times, *clocks))), whole, why)


def _tells(row: Sequence[Any]) -> bool:
    """True for a row of readings: a time or a number among at least two cells."""
    filled = [cell for cell in row if cell != ""]
    return len(filled) > 1 and any(not isinstance(cell, str) or _is_told(cell) for cell in filled)


def _is_told(cell: str) -> bool:
    return is_number(cell, ".") or is_number(cell, ",") or is_time_like(cell) or is_iso(cell)


def _header(table: Table, body: int, telling: set[int]) -> tuple[int, int, tuple[str, ...]] | None:
    """The first row of the header that ends above row `body`, that row, and the names: as few rows as name every column with cells below.

    None where fewer than half of those columns are named: then the row belongs to what stands above the table.
    """
    columns = range(table.width())
    below = range(body, min(len(table.rows), body + TOP))
    used = [c for c in columns if any(table.at(n, c) != "" for n in below)]
    best: tuple[int, int, tuple[str, ...]] | None = None
    for first in range(body - 1, max(-1, body - 1 - HEADER_ROWS), -1):
        if first in telling or not any(table.at(first, c) != "" for c in columns):
            break
        names = table.names(first, body)
        there = [names[c] for c in used if names[c]]
        if len(set(there)) == len(there) and (best is None or len(there) > best[0]):
            best = len(there), first, names
            if len(there) == len(used):
                break
    return (best[1], body, best[2]) if best and best[0] >= max(2, len(used) / 2) else None


def _counts_days(name: str, cells: Sequence[Any]) -> bool:
    """True for numbers that may be days, under a name that says time, also where some of the times are text."""
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    others = [cell for cell in cells if not isinstance(cell, int | float) and cell != ""]
    hinted = any(hint in name.lower() for hint in TIME_NAMES)
    are_texts = all(isinstance(cell, str) and (is_time_like(cell) or is_iso(cell)) for cell in others)
    return bool(numbers) and hinted and are_texts and all(DAYS[0] <= cell <= DAYS[1] for cell in numbers)


def _time_texts(cells: Sequence[Any], time_format: str, date_1904: bool | None) -> list[str]:
    """Dates, and numbers that count days, as text; beside times that are text already, in the format of those."""
    column = as_times(cells, None, time_format, date_1904)
    mixed = pa.types.is_struct(column.type)
    read = [_either(cell) if mixed else cell for cell in column.to_pylist()]
    written = [cell for cell in read if isinstance(cell, str)]
    form = times_of({"time": written}, 1, 0) if written else None
    like = form.form if form and form.form != "iso" else ""
    if like:
        return [cell.strftime(like) if isinstance(cell, datetime) else cell or "" for cell in read]
    return _texts(read)


def _either(cell: Mapping[str, Any] | None) -> Any:
    return next((each for each in cell.values() if each is not None), None) if cell else None


# --- cells


def _texts(cells: Iterable[Any]) -> list[str]:
    """Cells as text; a column of nothing but dates without the hour."""
    listed = list(cells)
    moments = [cell for cell in listed if isinstance(cell, datetime)]
    days = bool(moments) and all(cell.time() == time() and cell.tzinfo is None for cell in moments)
    return [cell.strftime("%Y-%m-%d") if days and isinstance(cell, datetime) else _text(cell) for cell in listed]


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, time):
        return cell.isoformat("minutes" if not cell.second else "seconds")
    return _number(cell) if isinstance(cell, int | float | Decimal) else said(cell).strip()


def _number(cell: float | Decimal) -> str:
    """A real number without a decimal sign, since it tells nothing of the sign that texts have: 1.5 is 15e-1."""
    try:
        _, digits, exponent = Decimal(repr(cell) if isinstance(cell, float) else cell).normalize().as_tuple()
    except InvalidOperation:
        return str(cell)
    if not isinstance(exponent, int):  # infinite
        return ""
    sign = "-" if cell < 0 else ""
    figures = "".join(map(str, digits))
    return f"{sign}{figures}{'0' * exponent}" if 0 <= exponent < 20 else f"{sign}{figures}e{exponent}"
