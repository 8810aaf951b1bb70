"""Generated files of readings: every cell type that a source may hold, bad cells, nulls, disorder, clock changes, row groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from hypothesis import strategies as st

from readings.small import LONG, METERS, QUARTER
from shiftledger.plant.model import SourceFile

TEXTS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "large text": pa.large_string(),
    "coded text": pa.dictionary(pa.int16(), pa.string()),
}
TIMES: dict[str, pa.DataType] = {
    **TEXTS,
    **{unit: pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")},
    **{f"{unit} {zone}": pa.timestamp(unit, zone) for unit, zone in (("ms", "UTC"), ("ns", "Asia/Shanghai"), ("us", "+02:00"))},
    "date": pa.date32(),
}
VALUES: dict[str, pa.DataType] = {
    **TEXTS,
    "float": pa.float64(),
    "short float": pa.float32(),
    "int": pa.int32(),
    "decimal": pa.decimal128(18, 3),
    "coded float": pa.dictionary(pa.int32(), pa.float64()),
}
WORDS = ("1.5", " 2 ", "+3", "-0", "1e3", ".5", "7.", "nan", "inf", "-", "12a", "1,5", "<0.5", "1e16", "", "  ", "0x10")
STAMPS = ("yesterday", "2026-13-01T00:00:00", "1821-01-01T00:00:00Z", "2026-03-29T02:30:00", "", "2026-01-01T00:00:00+01:00")
BERLIN_FOLD = datetime(2026, 10, 25, 2)


@dataclass(frozen=True, slots=True)
class Made:
    """A table as typed columns, and how its file is to be read."""

    table: pa.Table
    source: SourceFile
    group: int  # rows of a row group

    def write(self, folder: Path) -> Path:
        path = folder / f"made.{self.source.format}"
        if self.source.format == "parquet":
            pq.write_table(self.table, path, row_group_size=self.group)
        else:
            pacsv.write_csv(self.table, path)
        return path


@st.composite
def made(draw: Callable[..., Any], form: str) -> Made:
    """Up to sixty rows; the choices are drawn, the cells follow from a drawn seed."""
    pick, names = Random(draw(st.integers(0, 10**9))), TEXTS if form == "csv" else None
    count = draw(st.integers(1, 60))
    wide = draw(st.booleans())
    times = draw(st.sampled_from(sorted(names or TIMES)))
    columns = {"time": _column(pick, TIMES[times], count, lambda: _time(pick, TIMES[times]))}
    pairs = (("a", "FT-1"), ("b", "KWH-1"), ("c", "BAND"), ("d", "AT-1"), ("e", "FT-1")) if wide else ()
    kinds = [draw(st.sampled_from(sorted(names or VALUES))) for _ in pairs or (1,)]
    if wide:
        for (column, tag), kind in zip(pairs, kinds, strict=True):
            columns[column] = _column(pick, VALUES[kind], count, _values_of(pick, VALUES[kind], tag == "BAND"))
    else:
        tags = (*(m.tag for m in METERS), " FT-1 ", "XX-9", "") if draw(st.booleans()) else ("FT-1", "LT-1")
        text = TEXTS[draw(st.sampled_from(sorted(TEXTS)))]
        columns["tag"] = _column(pick, text, count, lambda: pick.choice(tags))
        columns["value"] = _column(pick, VALUES[kinds[0]], count, _values_of(pick, VALUES[kinds[0]], pick.random() < 0.5))
    source = replace(LONG, format=form, match=f"*.{form}", layout="wide" if wide else "long", columns=pairs)
    if draw(st.booleans()):
        columns["q"] = _column(pick, pa.string(), count, lambda: pick.choice(("good", "bad", "1", "", "Uncertain", "odd")))
        source = replace(source, quality="q")
    if draw(st.booleans()):
        columns["rev"] = _column(pick, pick.choice((pa.string(), pa.int16())), count, lambda: pick.choice((0, 1, 12)))
        source = replace(source, revision="rev")
    stamps = draw(st.sampled_from(("instant", "start", "end")))
    source = replace(source, stamps=stamps, interval=0 if stamps == "instant" else QUARTER)
    return Made(pa.table(columns), source, draw(st.sampled_from((7, 1000))))


def _column(pick: Random, kind: pa.DataType, count: int, cell: Callable[[], Any]) -> pa.Array:
    """Cells of one kind, a tenth of them null in most columns."""
    absent = pick.choice((0.0, 0.1))
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    cells = [None if pick.random() < absent else cell() for _ in range(count)]
    plain = pa.array([str(c) if c is not None and TEXTS["text"] == inner else c for c in cells], inner)
    return plain.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else plain


def _values_of(pick: Random, kind: pa.DataType, states: bool) -> Callable[[], Any]:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if inner in (pa.string(), pa.large_string()):
        odd = pick.choice((0.0, 0.2))
        words = ("Light", "Maximum", "1", "3", "Off") if states else WORDS
        return lambda: pick.choice(words) if states or pick.random() < odd else f"{pick.uniform(-50, 50):.3f}"
    if pa.types.is_integer(inner):
        return lambda: pick.randint(-5, 5)
    if pa.types.is_decimal(inner):
        return lambda: Decimal(pick.randint(-5000, 5000)) / 1000
    return lambda: pick.choice((1.0, 3.0, -0.0, float("inf"), 0.25, float(pick.randint(-9, 9))))


def _time(pick: Random, kind: pa.DataType) -> Any:
    """A stamp in a clock-change year; local ones keep out of the hour that comes twice."""
    if kind == pa.date32():
        return date(2026, 1, 1) + timedelta(days=pick.randint(0, 364))
    zone = getattr(kind, "tz", None)
    near = pick.choice((datetime(2026, 3, 29, 1, 50), datetime(2026, 10, 25, 0, 30), datetime(2026, 7, 1), datetime(2026, 1, 1)))
    when = near + timedelta(minutes=pick.randint(0, 180))
    if zone:
        return when.replace(tzinfo=UTC)
    if BERLIN_FOLD <= when < BERLIN_FOLD + timedelta(hours=1):
        when += timedelta(hours=2)
    if not pa.types.is_timestamp(kind):
        return pick.choice(STAMPS) if pick.random() < 0.05 else pick.choice((when.isoformat(), f" {when.isoformat()}"))
    return when
