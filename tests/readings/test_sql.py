"""R3: readings by SQL are the same batch as a file's; nothing is written, no password is shown, mistakes are told in words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

import postgres
from readings.small import at, file, plant
from shiftledger.acts.state import connect
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.batch import Batch
from shiftledger.readings.lake import append
from shiftledger.readings.logical import batch_id
from shiftledger.readings.quality import one_value_each
from shiftledger.readings.sources.cells import TEXT
from shiftledger.readings.sources.files import read_file
from shiftledger.readings.sources.sql import CHUNK, WINDOW, read_query
from shiftledger.readings.sources.typed import joined, typed_column

QUERY = "SELECT t AS time, tag, v AS value FROM readings WHERE t >= :since AND t < :until ORDER BY t"
WHOLE = "SELECT t AS time, tag, v AS value FROM readings"
SQL = SourceFile("historian", format="sql", url="sqlite:///h.db", query=WHOLE)
SECRET = "p@ss/wörd:1"


def ask(
    of: Plant, since: int | None = None, until: int | None = None, environment: Mapping[str, str] | None = None
) -> list[Batch]:
    return [found.result for found in read_query(of, "historian", since, until, environment or {})]


def issues(of: Plant, since: int | None = None, until: int | None = None, **environment: str) -> list[tuple[str, str]]:
    return [
        (one.code, f"{one.message} {one.remedy}")
        for found in read_query(of, "historian", since, until, environment)
        for one in found.issues
    ]


def rows(made: Batch) -> list[tuple[str, int, str]]:
    return sorted(
        (made.tags[t], ts, repr(v)) for t, ts, v in zip(made.tag.tolist(), made.ts.tolist(), made.value.tolist(), strict=True)
    )


def store(folder: Path, *readings: tuple[object, ...], name: str = "h.db") -> Path:
    with sqlite3.connect(folder / name) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS readings (t, tag, v, q)")
        connection.executemany(f"INSERT INTO readings VALUES ({', '.join('?' * 4)})", [(*row, None)[:4] for row in readings])
    return folder


def test_r3_a_query_gives_the_batch_that_a_file_with_its_rows_gives(tmp_path: Path) -> None:
    first, second, band = (
        ("2026-01-04 06:00", "FT-1", 1.5),
        ("2026-01-04 07:00", "FT-1", "2.5"),
        ("2026-01-04 08:00", "BAND", "Light"),
    )
    store(tmp_path, first, second, ("2026-01-04 06:00", "LT-1", 3), band)
    (made,) = ask(plant(SQL, root=str(tmp_path)))
    text = "time,tag,value\n2026-01-04 06:00,FT-1,1.5\n2026-01-04 07:00,FT-1,2.5\n2026-01-04 06:00,LT-1,3\n2026-01-04 08:00,BAND,Light\n"
    of_file = read_file(plant(), file(tmp_path, text)).result
    assert batch_id(one_value_each(made)) == batch_id(one_value_each(of_file))
    assert (made.source, made.row.tolist()) == ("sql/historian", [1, 2, 3, 4])


def test_r3_a_table_quality_revision_wide_and_decimal_comma_as_in_files(tmp_path: Path) -> None:
    store(tmp_path, ("2026-01-04 06:00", "FT-1", "1,5", "uncertain"), ("2026-01-04 07:00", "FT-1", None, "bad"))
    whole = replace(SQL, query="", table="readings", time="t", value="v", quality="q", decimal=",")
    (made,) = ask(plant(whole, root=str(tmp_path)))
    assert (rows(made), made.quality.tolist()) == (
        [("FT-1", at("2026-01-04 05:00"), "1.5"), ("FT-1", at("2026-01-04 06:00"), "nan")],
        [1, 2],
    )
    wide = replace(
        SQL,
        query="SELECT t AS time, v AS a, 7 AS b FROM readings",
        layout="wide",
        decimal=",",
        columns=(("a", "FT-1"), ("b", "LT-1")),
    )
    assert len(ask(plant(wide, root=str(tmp_path)))[0].ts) == 3


def test_r4_rows_that_cannot_be_used_are_refused_with_their_number(tmp_path: Path) -> None:
    store(
        tmp_path,
        ("2026-01-04 06:00", "FT-1", "x"),
        (None, "FT-1", 1),
        ("2026-01-04 06:00", "FT-9", 1),
        ("2026-01-04 06:00", "FT-1", None),
    )
    (made,) = ask(plant(SQL, root=str(tmp_path)))
    assert [(source, line) for source, line, _, _ in made.rejected] == [
        ("sql/historian", 1),
        ("sql/historian", 2),
        ("sql/historian", 3),
    ]
    assert len(made.ts) == 0


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])
def test_r3_bounds_are_bound_as_the_text_column_is_written(tmp_path: Path, form: str) -> None:
    hours = [datetime(2026, 1, 4, hour, tzinfo=UTC) for hour in range(4, 10)]
    local = 0 if form.endswith("Z") else 1  # Berlin in winter
    store(tmp_path, *((datetime(2026, 1, 4, one.hour + local).strftime(form), "FT-1", one.hour) for one in hours))
    (made,) = ask(plant(replace(SQL, query=QUERY), root=str(tmp_path)), at("2026-01-04 05:00"), at("2026-01-04 07:00"))
    assert made.value.tolist() == [5.0, 6.0]
    assert made.ts.tolist() == [at("2026-01-04 05:00"), at("2026-01-04 06:00")]


def test_r3_bounds_follow_a_declared_format_and_offsets_are_told(tmp_path: Path) -> None:
    store(tmp_path, *((f"20260104{hour:02d}00", "FT-1", hour) for hour in range(4, 10)))
    made = ask(
        plant(replace(SQL, query=QUERY, time_format="%Y%m%d%H%M"), root=str(tmp_path)),
        at("2026-01-04 05:00"),
        at("2026-01-04 07:00"),
    )
    assert made[0].value.tolist() == [6.0, 7.0]
    store(tmp_path, ("2026-01-04 06:00:00+01:00", "FT-1", 1), name="o.db")
    offset = plant(replace(SQL, url="sqlite:///o.db", query=QUERY), root=str(tmp_path))
    assert "R076" in [code for code, _ in issues(offset, at("2026-01-04 04:00"), at("2026-01-04 07:00"))]


def test_r3_a_long_time_is_asked_month_by_month_and_no_row_is_lost_or_doubled(tmp_path: Path) -> None:
    start = at("2026-01-01 00:00")
    stamps = [start + i * WINDOW // 7 for i in range(30)]
    store(
        tmp_path,
        *((datetime.fromtimestamp(ts // 10**6, UTC).strftime("%Y-%m-%d %H:%M:%S"), "FT-1", i) for i, ts in enumerate(stamps)),
    )
    utc = plant(replace(SQL, query=QUERY), zone="UTC", root=str(tmp_path))
    made = ask(utc, start, stamps[-1] + 1_000_000)
    assert len(made) == 5
    assert np.concatenate([one.value for one in made]).tolist() == list(range(30))
    state = connect(tmp_path / "state")
    loaded = [append(state, one, 0).result.appended for one in (*made, *ask(utc, start + 1_000_000, stamps[-1] + 1_000_000))]
    assert (sum(loaded[:5]), sum(loaded[5:])) == (30, 0)


def test_r3_many_rows_come_in_parts_of_one_type(tmp_path: Path) -> None:
    count = CHUNK + 5
    values: list[object] = [1] * CHUNK + [None, 2.5, None, 3, 4]
    store(
        tmp_path,
        *(
            (f"2026-01-{1 + i // 86400:02d} {i // 3600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d}", "FT-1", v)
            for i, v in enumerate(values)
        ),
    )
    (made,) = ask(plant(SQL, root=str(tmp_path)))
    assert (len(made.ts), made.row[-1], made.value[-3:].tolist()) == (count - 2, count, [2.5, 3.0, 4.0])


def test_r3_typed_values_become_columns_of_one_kind() -> None:
    naive, aware = datetime(2026, 1, 4, 6), datetime(2026, 1, 4, 6, tzinfo=UTC)
    assert typed_column([naive, None]).type == pa.timestamp("us")
    assert typed_column([aware, None]).type == pa.timestamp("us", "UTC")
    assert typed_column([date(2026, 1, 4)]).to_pylist() == [datetime(2026, 1, 4)]
    assert typed_column([naive, aware]).type == TEXT
    assert typed_column([Decimal("1.25"), 2, 0.5, None]).to_pylist() == [1.25, 2.0, 0.5, None]
    assert typed_column([1, True, None]).to_pylist() == [1, 1, None]
    assert typed_column([2**70]).type != pa.int64()
    assert typed_column([101, Decimal("102"), 103.0, b"x "], as_text=True).to_pylist() == ["101", "102", "103", "x "]
    assert typed_column(["a", 1, True, aware]).to_pylist() == ["a", "1", "1", "2026-01-04T06:00:00+00:00"]
    assert joined([typed_column([None, None]), typed_column([naive])]).to_pylist() == [None, None, naive]
    assert joined([typed_column([1]), typed_column([1.5])]).to_pylist() == [1.0, 1.5]
    assert joined([typed_column([1]), typed_column(["x"])]).to_pylist() == ["1", "x"]
    assert (len(joined([typed_column([None])])), len(joined([]))) == (1, 0)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"url": "sqlite:///nowhere.db"}, "R073", 'there is no database file "nowhere.db"'),
        ({"url": "no address"}, "R073", "url is not the address of a database"),
        ({"url": "nosuch://host/db"}, "R073", "the database cannot be used"),
        ({"url": "sqlite:///${WHERE}"}, "R071", 'the environment variable "WHERE" is not set'),
        ({"url": "oracle://u@h/d"}, "R072", "of this database is not installed"),
        ({"query": "SELECT nix FROM readings"}, "R074", "no such column: nix"),
        ({"query": "SELEKT 1"}, "R074", "syntax error"),
        ({"query": "SELECT t AS time, tag, v AS value, v AS value FROM readings"}, "R074", 'two columns "value"'),
        ({"query": "SELECT t AS time, tag, v FROM readings"}, "R007", 'the column "value" is not in the result of the query'),
        ({"query": "CREATE TABLE x (y)"}, "R074", "readonly"),
        ({"query": "PRAGMA foreign_keys = 1"}, "R074", "returns no rows"),
        ({"query": QUERY}, "R075", "--since was not given"),
        ({"query": f"{WHOLE} WHERE v > :least"}, "R074", 'names ":least"'),
        ({"zone": "Mars/Base"}, "R010", 'the zone "Mars/Base" is unknown'),
    ],
)
def test_r3_what_cannot_be_asked_is_told_in_words(tmp_path: Path, change: dict[str, str], code: str, said: str) -> None:
    store(tmp_path, ("2026-01-04 06:00", "FT-1", 1))
    found = issues(plant(replace(SQL, **change), root=str(tmp_path)))  # type: ignore[arg-type]
    assert code in [one for one, _ in found], found
    assert any(said in text for _, text in found), found
    assert not (tmp_path / "nowhere.db").exists()


def test_r3_a_source_is_named_and_its_bounds_run_forward(tmp_path: Path) -> None:
    store(tmp_path)
    assert [one.code for found in read_query(plant(SQL), "historan", None, None, {}) for one in found.issues] == ["R070"]
    assert [one.code for found in read_query(plant(), "long", None, None, {}) for one in found.issues] == ["R070"]
    backward = issues(plant(replace(SQL, query=QUERY), root=str(tmp_path)), 5, 5)
    assert [code for code, _ in backward] == ["R075"]


def test_r3_the_database_is_not_changed(tmp_path: Path) -> None:
    store(tmp_path, ("2026-01-04 06:00", "FT-1", 1))
    before = (tmp_path / "h.db").read_bytes(), sorted(os.listdir(tmp_path))
    ask(plant(SQL, root=str(tmp_path)))
    issues(plant(replace(SQL, query="DELETE FROM readings"), root=str(tmp_path)))
    assert before == ((tmp_path / "h.db").read_bytes(), sorted(os.listdir(tmp_path)))


# --- PostgreSQL


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.database() as address:
        engine = sa.create_engine(address)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE readings (t timestamp, z timestamptz, tag char(8), v numeric(12,4), n int)"))
            for hour in range(4, 10):
                row = {
                    "t": f"2026-01-04 {hour + 1:02d}:00",
                    "z": f"2026-01-04 {hour:02d}:00+00",
                    "v": Decimal(hour) / 8,
                    "n": hour,
                }
                connection.execute(sa.text("INSERT INTO readings VALUES (:t, :z, 'FT-1', :v, :n)"), row)
            connection.execute(
                sa.text("INSERT INTO readings VALUES ('2026-01-04 06:30', '2026-01-04 05:30+00', 'LT-1', NULL, 3)")
            )
        engine.dispose()
        yield address


@pytest.mark.parametrize("column", ["t", "z"])
def test_r3_postgresql_times_without_a_zone_are_of_the_source_others_are_instants(server: str, column: str) -> None:
    source = replace(
        SQL, url=server, query=QUERY.replace("t AS", f"{column} AS").replace("t >=", f"{column} >=").replace("t <", f"{column} <")
    )
    (made,) = ask(
        plant(replace(source, query=source.query.replace("BY t", f"BY {column}"))), at("2026-01-04 05:00"), at("2026-01-04 07:00")
    )
    assert rows(made) == [("FT-1", at("2026-01-04 05:00"), "0.625"), ("FT-1", at("2026-01-04 06:00"), "0.75")]


def test_r3_postgresql_table_integers_and_address_from_the_environment(server: str) -> None:
    whole = replace(SQL, url="${HISTORIAN}", query="", table="public.readings", time="z", value="n")
    (made,) = ask(plant(whole), environment={"HISTORIAN": server})
    assert (len(made.ts), made.tags, made.rejected) == (7, ("FT-1", "LT-1"), ())


def test_r3_postgresql_is_only_read(server: str) -> None:
    changes = "DELETE FROM readings RETURNING t AS time, tag, v AS value"
    for query in (
        changes,
        f"WITH d AS ({changes}) SELECT * FROM d",
        "SELECT setval('s', 9) AS time",
        "SELECT pg_notify('a', 'b') AS time",
    ):
        assert [code for code, _ in issues(plant(replace(SQL, url=server, query=query)))][:1] in (["R074"], ["R007"])
    whole = replace(SQL, url=server, query="", table="readings", time="z", value="n")
    assert len(ask(plant(whole))[0].ts) == 7


def test_r3_no_password_is_shown_whatever_fails(server: str) -> None:
    port = "postgresql://somebody:${SECRET}@127.0.0.1:1/x"
    wrong = "postgresql://nobody_here:${SECRET}@localhost/x?sslmode=${SECRET}"
    option = "postgresql://u@127.0.0.1:1/x?password=${SECRET}"
    for url in (port, wrong, "nosuch://u:${SECRET}@h/d", "postgresql://u:${SECRET}@h:port/d", option):
        found = issues(plant(replace(SQL, url=url)), SECRET=SECRET)
        assert found, url
        assert all(code.startswith("R07") for code, _ in found)
        text = " ".join(text for _, text in found)
        assert SECRET not in text
        assert "p%40ss" not in text


def test_r3_a_missing_driver_names_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: object, **__: object) -> object:
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr("shiftledger.readings.sources.sql.sa.create_engine", without)
    ((code, text),) = issues(plant(replace(SQL, url="postgresql://u@h/d")))
    assert (code, 'pip install "shiftledger[postgresql]"' in text) == ("R072", True)
