"""Results of closed days: their canonical form and hash (I5), and the Delta tables that hold them.

Everything here is derived: `verify` deletes it in a copy and computes it again. Rows are appended with their close id; what no
seal names is garbage that no reader sees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from shiftledger.acts.state import State
from shiftledger.core.canon import canonical_text, content_hash, plain_decimal
from shiftledger.core.period import HOUR
from shiftledger.indicators.figures import Figure
from shiftledger.ledger.decision_rows import COLUMNS, decision_rows, figures_of
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.postings import Entry
from shiftledger.ledger.statement import ConditionLine, HourLine, Line, Statement, Step, StockLine
from shiftledger.quantities.quantity import ShiftQuantities, UnitTime

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("postings", "statements", "quantities", "errors", "decisions")


@dataclass(frozen=True, slots=True)
class DayResult:
    """What a seal's result hash covers: rows in canonical order, no provenance."""

    day: date
    postings: tuple[Posting, ...]
    statements: tuple[Statement, ...]
    quantities: tuple[tuple[Any, ...], ...]  # shift, kind, id, quanta, value, coverage, status, marks
    errors: tuple[tuple[Any, ...], ...]  # posting key, source, contribution in money
    decisions: tuple[tuple[Any, ...], ...] = ()  # the columns of decision_rows

    @property
    def hash(self) -> str:
        """Content hash of the results in canonical form. # I5"""
        return content_hash([self.day, self.postings, self.statements, self.quantities, self.errors, self.decisions])


def day_result(
    day: date,
    entries: Iterable[Entry],
    statements: Iterable[Statement],
    quantities: Sequence[ShiftQuantities],
) -> DayResult:
    """The canonical result of a day, every table sorted by its key."""
    rows = tuple(entries)
    return DayResult(
        day,
        tuple(sorted((e.posting for e in rows), key=lambda p: p.sort_key)),
        tuple(sorted(statements, key=lambda s: (s.start, s.area))),
        tuple(sorted(row for shift in quantities for row in _quantity_rows(shift))),
        tuple(sorted(("|".join(e.posting.sort_key), source, value) for e in rows for source, value in sorted(e.errors.items()))),
        tuple(sorted(row for shift in quantities for row in decision_rows(shift))),
    )


def _quantity_rows(quantities: ShiftQuantities) -> Iterable[tuple[Any, ...]]:
    shift = quantities.shift.id
    for (kind, key), q in figures_of(quantities):
        absent = q.quanta is None or q.value is None
        yield (shift, kind, key, q.quanta or 0, absent, q.value or 0.0, q.coverage, q.status, " ".join(q.marks))
    for key, unit in sorted(quantities.units.items()):
        yield from _unit_rows(shift, quantities.shift.span.length, key, unit)


def _unit_rows(shift: str, length: int, key: str, unit: UnitTime) -> Iterable[tuple[Any, ...]]:
    """When a unit ran and stood still: whole microseconds (and their hours), halts by cause, starts. # Q3"""
    halts = {f"halt/{cause}": unit.halted_by(cause) for cause in sorted({halt.cause for halt in unit.halts})}
    times = {"running": unit.running, "unknown": unit.unknown, **halts}
    coverage, status = 1 - unit.unknown / length if length else 1.0, "provisional" if unit.unknown else "measured"
    for name, time in sorted(times.items()):
        yield (
            shift,
            "unit",
            f"{key}/{name}",
            time or 0,
            time is None,
            (time or 0) / HOUR,
            coverage,
            status,
            " ".join(unit.marks),
        )
    starts = unit.starts
    yield (
        *(shift, "unit", f"{key}/starts", starts or 0, starts is None, float(starts or 0), coverage, status),
        " ".join(unit.marks),
    )


def write_results(state: State, results: Sequence[DayResult], close_id: str, *, instead: bool = False) -> None:
    """Append the results of a close run, one commit per table, and make them durable before any seal names them.

    `instead`: in place of whatever stands there of these days and this close, so that no row ever stands twice.
    """
    import pyarrow as pa

    common = (("close_id", pa.string()), ("month", pa.string()), ("day", pa.string()))
    posting = (
        *common, ("shift", pa.string()), ("crew", pa.string()), ("counts_in", pa.string()), ("from", pa.string()), ("to", pa.string()),
        ("what", pa.string()), ("qty", pa.int64()), ("price", pa.string()), ("amount", pa.int64()), ("kind", pa.string()),
        ("status", pa.string()), ("clause", pa.string()),
    )  # fmt: skip
    statement = (*common, ("shift", pa.string()), ("area", pa.string()), ("body", pa.string()))
    quantity = (
        *common, ("shift", pa.string()), ("kind", pa.string()), ("id", pa.string()), ("quanta", pa.int64()), ("absent", pa.bool_()),
        ("value", pa.float64()), ("coverage", pa.float64()), ("status", pa.string()), ("marks", pa.string()),
    )  # fmt: skip
    error = (*common, ("posting", pa.string()), ("source", pa.string()), ("contribution", pa.float64()))
    decision = (
        *common, ("shift", pa.string()), ("subject", pa.string()), ("id", pa.string()), ("kind", pa.string()), ("about", pa.string()),
        ("start", pa.int64()), ("end", pa.int64()), ("absent", pa.bool_()), ("amount", pa.float64()), ("readings", pa.int64()),
        ("evidence", pa.string()),
    )  # fmt: skip
    tables: Mapping[str, tuple[Sequence[tuple[str, pa.DataType]], list[tuple[Any, ...]]]] = {
        "postings": (posting, []),
        "statements": (statement, []),
        "quantities": (quantity, []),
        "errors": (error, []),
        "decisions": (decision, []),
    }
    for result in results:
        key = (close_id, partition_of(result.day), result.day.isoformat())
        for p in result.postings:
            row = (
                p.shift,
                p.crew,
                p.month,
                p.source,
                p.target,
                p.what,
                p.qty,
                plain_decimal(p.price),
                p.amount,
                p.kind,
                p.status,
                p.clause,
            )
            tables["postings"][1].append((*key, *row))
        tables["statements"][1].extend((*key, s.shift, s.area, canonical_text(s)) for s in result.statements)
        tables["quantities"][1].extend((*key, *row) for row in result.quantities)
        tables["errors"][1].extend((*key, *row) for row in result.errors)
        tables["decisions"][1].extend((*key, *row) for row in result.decisions)
    for name in TABLES:
        schema, rows = tables[name]
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [() for _ in schema]
        arrays = [pa.array(column, kind) for column, (_, kind) in zip(columns, schema, strict=True)]
        _commit(
            state.results / name,
            pa.table(dict(zip([n for n, _ in schema], arrays, strict=True))),
            _those(results, close_id, instead),
        )


def _those(results: Sequence[DayResult], close_id: str, instead: bool) -> str:
    """Which rows to replace, as Delta says it; "" for none."""
    if not instead:
        return ""
    months, days = (
        ", ".join(f"'{name}'" for name in sorted(names))
        for names in ({partition_of(r.day) for r in results}, {str(r.day) for r in results})
    )
    return f"month IN ({months}) AND close_id = '{close_id}' AND day IN ({days})"


def _commit(folder: Path, rows: pa.Table, instead: str = "", attempts: int = 5) -> None:
    """One durable commit; old log entries stay, so that a seal's close can always be found.

    DeltaError if others keep changing the table; two closes that make it at the same moment both succeed.
    """
    from deltalake import PostCommitHookProperties, write_deltalake
    from deltalake.exceptions import DeltaError

    from shiftledger.readings.delta import open_or_create, settle_on_disk

    keep = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
    for attempt in range(1, attempts + 1):
        try:
            table = open_or_create(folder, rows.schema, ["month"])
            if instead:
                write_deltalake(table, rows, mode="overwrite", predicate=instead, post_commithook_properties=keep)
            else:
                write_deltalake(table, rows, mode="append", post_commithook_properties=keep)
            settle_on_disk(folder, table.version())
            return
        except DeltaError:
            if attempt == attempts:
                raise


Rows = dict[date, list[dict[str, Any]]]


def partition_of(day: date) -> str:
    """The calendar month of a day's label: where its results lie, whatever the accounting month is."""
    return day.isoformat()[:7]


def read_rows(state: State, table: str, closes: Mapping[date, str]) -> Rows:
    """Rows of days, each under its close id; a day is missing if the table or its rows are gone.

    Files are read one by one, in one thread: a dataset scan costs more than the rows, and leaves threads behind that can end a
    short command badly.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from shiftledger.readings.delta import open_table

    folder = state.results / table
    found = open_table(folder)
    if found is None or not closes:
        return {}
    files = pa.table(found.get_add_actions(flatten=True)).select(["path", "partition.month"]).to_pylist()
    rows: Rows = {}
    months = {partition_of(day) for day in closes}
    for path in sorted(unquote(file["path"]) for file in files if file["partition.month"] in months):
        with pq.ParquetFile(folder / path) as file:
            columns = file.read(use_threads=False).to_pydict()
        days = [date.fromisoformat(day) for day in columns["day"]]
        for i, (day, close_id) in enumerate(zip(days, columns["close_id"], strict=True)):
            if closes.get(day) == close_id:
                rows.setdefault(day, []).append({name: column[i] for name, column in columns.items()})
    return rows


def read_days(state: State, closes: Mapping[date, str]) -> dict[date, DayResult]:
    """The stored results of days; a missing day is left out. Damaged files raise what their reader raises."""
    statements, postings = read_statements(state, closes), read_postings(state, closes)
    quantities, errors = read_rows(state, "quantities", closes), read_rows(state, "errors", closes)
    decisions = read_rows(state, "decisions", closes)
    names = ("shift", "kind", "id", "quanta", "absent", "value", "coverage", "status", "marks")
    return {
        day: DayResult(
            day,
            postings.get(day, ()),
            statements.get(day, ()),
            tuple(sorted(tuple(row[name] for name in names) for row in quantities.get(day, ()))),
            tuple(sorted((row["posting"], row["source"], row["contribution"]) for row in errors.get(day, ()))),
            tuple(sorted(tuple(row[name] for name in COLUMNS) for row in decisions.get(day, ()))),
        )
        for day in sorted({*statements, *postings, *quantities, *errors})
    }


def read_statements(state: State, closes: Mapping[date, str]) -> dict[date, tuple[Statement, ...]]:
    """The statements of days, by shift and area."""
    rows = read_rows(state, "statements", closes)
    return {
        day: tuple(sorted((statement_of(json.loads(row["body"])) for row in found), key=lambda s: (s.start, s.area)))
        for day, found in rows.items()
    }


def read_postings(state: State, closes: Mapping[date, str]) -> dict[date, tuple[Posting, ...]]:
    """The postings of days, in canonical order."""
    rows = read_rows(state, "postings", closes)
    return {day: tuple(sorted((_posting(row) for row in found), key=lambda p: p.sort_key)) for day, found in rows.items()}


def _posting(row: Mapping[str, Any]) -> Posting:
    return Posting(
        date.fromisoformat(row["day"]), row["shift"], row["crew"], row["counts_in"], row["from"], row["to"], row["what"],
        row["qty"], Decimal(row["price"]), row["amount"], row["kind"], row["status"], row["clause"],
    )  # fmt: skip


def statement_of(body: Mapping[str, Any]) -> Statement:
    """A statement from its canonical JSON: the inverse of `canonical`."""
    kinds: Mapping[str, type] = {
        "lines": Line,
        "steps": Step,
        "conditions": ConditionLine,
        "stocks": StockLine,
        "figures": Figure,
        "hours": HourLine,
    }
    values = {name: _plain(value) for name, value in body.items() if name not in kinds}
    for name, kind in kinds.items():
        values[name] = tuple(kind(**{k: _plain(v) for k, v in item.items()}) for item in body.get(name, ()))
    return Statement(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"d"}:
            return Decimal(value["d"])
        if set(value) == {"f"}:
            return float(value["f"])
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    return value
