"""Nobody changes a record unseen: each column of each chain, rows taken away or put in, and the SQLite file itself (L7, R5)."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from shiftledger.acts.state import metadata
from shiftledger.api import PlantView

WHOLE = {"seq", "day", "known_at", "rows", "made_at"}


def columns(table: str) -> list[str]:
    return [column.name for column in metadata.tables[table].columns]


def flipped(value: object) -> object:
    """The value with its last digit or letter changed."""
    if isinstance(value, int):
        return value + 1
    text = str(value)
    return text[:-1] + ("0" if text[-1:] != "0" else "1")


def change(plant: PlantView, table: str, where: str, column: str, new: object = None) -> None:
    ((old,),) = t.rows(plant, f"SELECT {column} FROM {table} WHERE {where}")
    t.sql(plant, f"UPDATE {table} SET {column} = ? WHERE {where}", values=(flipped(old) if new is None else new,))


# Batches.


@pytest.mark.parametrize(
    ("column", "new", "what"),
    [
        ("known_at", 1775123999000000, "known_at is 2026-04-02T09:59:59Z, was 2026-04-02T10:00:00Z"),
        ("source", "readings/other.csv", 'source is "readings/other.csv", was "late/filter-slurry.csv"'),
        ("rows", 9, 'rows is "9", was "8"'),
        ("prev", None, "its hash does not fit"),
        ("hash", None, "its hash does not fit"),
    ],
)
def test_r2_l7_a_changed_batch_record_is_located(plant: PlantView, column: str, new: object, what: str) -> None:
    change(plant, "batches", "seq = 3", column, new)
    source = "readings/other.csv" if column == "source" else "late/filter-slurry.csv"
    assert f'readings: R030: the record of batch 3 ("{source}") was changed: {what}' in t.findings(plant)


def test_r2_l7_a_changed_batch_id_is_located(plant: PlantView) -> None:
    change(plant, "batches", "seq = 2", "id")
    (line,) = t.findings(plant)
    assert line.startswith('readings: R030: the record of batch 2 ("readings/moisture.csv") was changed: id is "')


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_l7_a_deleted_batch_record_is_located(plant: PlantView, seq: int) -> None:
    t.sql(plant, f"DELETE FROM batch_parts WHERE seq = {seq}", f"DELETE FROM batches WHERE seq = {seq}")
    source = {1: "readings/meters.csv", 2: "readings/moisture.csv", 3: "late/filter-slurry.csv"}[seq]
    found = t.findings(plant)
    assert f'readings: R031: batch {seq} ("{source}") is in the lake, but not in the records' in found
    if seq == 3:
        assert "seals:3: V001: seal 3 of day 2026-04-01 was made with batch 3, which is missing" in found


@pytest.mark.parametrize("column", columns("batch_parts"))
def test_l7_a_changed_part_of_a_batch_is_located(plant: PlantView, column: str) -> None:
    change(plant, "batch_parts", "seq = 2", column)
    found = t.findings(plant)
    assert any("readings: R03" in line and "batch 2" in line for line in found), found


# Seals.


@pytest.mark.parametrize("column", [name for name in columns("seals") if name not in ("seq", "day")])
@pytest.mark.parametrize("seq", [0, 2, 3])
def test_l7_each_column_of_a_seal_is_guarded(plant: PlantView, column: str, seq: int) -> None:
    change(plant, "seals", f"seq = {seq}", column)
    day = {0: "2026-03-31", 2: "2026-03-31", 3: "2026-04-01"}[seq]
    named = f"V001: seal {seq} of day {day} was changed, or the one before it is missing"
    assert any(named in line for line in t.findings(plant))
    if seq == 3:
        assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


@pytest.mark.parametrize("new", ["2026-04-01", "2026-03-30", "never", ""])
def test_l7_the_day_of_a_seal_is_guarded(plant: PlantView, new: str) -> None:
    change(plant, "seals", "seq = 2", "day", new)
    assert f"seals:2: V001: seal 2 of day {new} was changed, or the one before it is missing" in t.findings(plant)
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


@pytest.mark.parametrize(
    ("old", "new"),
    [('"batch":3', '"batch":2'), ('"first":2', '"first":3'), ('"act":1', '"act":0'), ('"before":2', '"before":null')],
)
def test_l7_the_watermarks_of_a_seal_are_guarded(plant: PlantView, old: str, new: str) -> None:
    ((basis,),) = t.rows(plant, "SELECT basis FROM seals WHERE seq = 3")
    assert old in basis
    change(plant, "seals", "seq = 3", "basis", basis.replace(old, new))
    assert "seals:3: V001: seal 3 of day 2026-04-01 was changed, or the one before it is missing" in t.findings(plant)


@pytest.mark.parametrize(
    ("seq", "named"),
    [
        (0, "seals:1: V001: seal 1 of day 2026-04-01 was changed, or the one before it is missing"),
        (2, "seals:3: V001: seal 3 of day 2026-04-01 was changed, or the one before it is missing"),
        (3, "seals:3: V001: the last seal that was made, 3, is missing or was changed"),
    ],
)
def test_l7_a_deleted_seal_is_located(plant: PlantView, seq: int, named: str) -> None:
    t.sql(plant, f"DELETE FROM seals WHERE seq = {seq}")
    assert named in t.findings(plant)


def test_l7_the_last_seals_taken_away_together_are_missed(plant: PlantView) -> None:
    t.sql(plant, "DELETE FROM seals WHERE seq >= 2")
    assert "seals:3: V001: the last seal that was made, 3, is missing or was changed" in t.findings(plant)
    t.sql(plant, "DELETE FROM seals")
    assert "seals:3: V001: the last seal that was made, 3, is missing or was changed" in t.findings(plant)


def test_l7_an_inserted_seal_is_located(plant: PlantView) -> None:
    names = ", ".join(columns("seals"))
    others = names.replace("seq", "4").replace("prev", "hash").removesuffix("hash") + "'made up'"
    t.sql(plant, f"INSERT INTO seals ({names}) SELECT {others} FROM seals WHERE seq = 3")
    assert t.findings(plant) == ["seals:4: V001: seal 4 of day 2026-04-01 was changed, or the one before it is missing"]


# Acts.


@pytest.mark.parametrize("column", [name for name in columns("acts") if name not in ("seq", "kind", "who")])
@pytest.mark.parametrize("seq", [0, 1, 2])
def test_r5_each_column_of_an_act_is_guarded(plant: PlantView, column: str, seq: int) -> None:
    change(plant, "acts", f"seq = {seq}", column)
    kind, who = [
        ("suspect", "meter engineer, post 2"),
        ("decision", "meter engineer, post 2"),
        ("settle", "cost controller, post 1"),
    ][seq]
    assert any(f"A001: act {seq} ({kind}, by {who}) was changed" in line for line in t.findings(plant))


def test_r5_kind_who_and_number_of_an_act_are_guarded(plant: PlantView) -> None:
    change(plant, "acts", "seq = 2", "kind", "decision")
    assert (
        "acts:2: A001: act 2 (decision, by cost controller, post 1) was changed, or the one before it is missing"
        in t.findings(plant)
    )
    change(plant, "acts", "seq = 2", "kind", "settle")
    assert t.findings(plant) == []
    change(plant, "acts", "seq = 2", "who", "controller of another works")
    assert any("A001: act 2 (settle, by controller of another works) was changed" in line for line in t.findings(plant))
    change(plant, "acts", "seq = 2", "who", "cost controller, post 1")
    change(plant, "acts", "seq = 2", "seq", 7)
    assert any(line.startswith("acts:7: A001: act 7 (settle") for line in t.findings(plant))


@pytest.mark.parametrize(
    "body", ['{"tag":"FT-STEAM","start":"soon","end":"²"}', '{"tag":"FT-STEAM"}', "[]", "7", '{"tag":["FT-STEAM"]}']
)
def test_r5_a_body_that_says_nothing_is_located_and_breaks_no_verb(plant: PlantView, body: str) -> None:
    change(plant, "acts", "seq = 0", "body", body)
    assert "acts: A001: act 0 (suspect, by meter engineer, post 2) was changed, or the one before it is missing" in t.findings(
        plant
    )
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


@pytest.mark.parametrize("body", ['{"month":["2026-03"]}', '{"month":202603}', "{}"])
def test_r5_a_settlement_of_no_month_breaks_no_verb(plant: PlantView, body: str) -> None:
    change(plant, "acts", "seq = 2", "body", body)
    assert any(line.startswith("acts:2: A001: act 2 (settle") for line in t.findings(plant))
    assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}


@pytest.mark.parametrize(
    ("seq", "named"),
    [
        (0, "acts:1: A001: act 1 (decision, by meter engineer, post 2) was changed, or the one before it is missing"),
        (1, "acts:2: A001: act 2 (settle, by cost controller, post 1) was changed, or the one before it is missing"),
        (2, "acts:2: A001: the last act that was recorded, 2, is missing or was changed"),
    ],
)
def test_r5_a_deleted_act_is_located(plant: PlantView, seq: int, named: str) -> None:
    t.sql(plant, f"DELETE FROM acts WHERE seq = {seq}")
    found = t.findings(plant)
    assert named in found
    if seq == 0:
        assert any("seals:3: V002: day 2026-04-01 does not recompute" in line for line in found), (
            "the suspect readings count again"
        )


def test_r5_acts_that_a_seal_knew_are_missed_without_any_note(plant: PlantView) -> None:
    (plant.state_folder / "acts.head").unlink()
    t.sql(plant, "DELETE FROM acts")
    found = t.findings(plant)
    assert "seals:3: V001: seal 3 of day 2026-04-01 was made with act 1, which is missing" in found


def test_r5_an_inserted_act_is_located(plant: PlantView) -> None:
    t.sql(
        plant,
        "INSERT INTO acts SELECT 3, 'suspect', who, role, made_at, "
        '\'{"end":"2000000000000000","start":"0","tag":"FT-ORE"}\', \'\', \'\', hash, \'made up\' FROM acts WHERE seq = 2',
    )
    assert "acts:3: A001: act 3 (suspect, by cost controller, post 1) was changed, or the one before it is missing" in t.findings(
        plant
    )


@pytest.mark.parametrize("chain", ["acts", "seals"])
def test_l7_a_damaged_note_of_a_chains_end_is_said(plant: PlantView, chain: str) -> None:
    code, what = {"acts": ("A001", "the last act that was recorded"), "seals": ("V001", "the last seal that was made")}[chain]
    (plant.state_folder / f"{chain}.head").write_text("{")
    assert t.findings(plant) == [f"{chain}: {code}: {what}, -1, is missing or was changed"]


# The file.


@pytest.mark.parametrize("table", ["batches", "batch_parts", "acts", "seals"])
def test_l7_a_word_where_a_number_belongs_is_located(plant: PlantView, table: str) -> None:
    for column in sorted(WHOLE & set(columns(table)) - ({"day"} if table == "seals" else set())):
        ((old,),) = t.rows(plant, f"SELECT {column} FROM {table} ORDER BY 1 LIMIT 1")
        t.sql(plant, f"UPDATE {table} SET {column} = 'x' WHERE rowid = (SELECT min(rowid) FROM {table})")
        assert t.findings(plant) == [
            f"{plant.state_folder}: A004: the store cannot be used: {table}.{column} holds 'x', which is no whole number"
        ]
        assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}
        t.sql(plant, f"UPDATE {table} SET {column} = {old} WHERE {column} = 'x'")


def store(plant: PlantView) -> Path:
    return plant.state_folder / "ledger.sqlite"


@pytest.mark.parametrize("harm", ["half", "header", "random", "random pages", "text", "folder"])
def test_l7_a_store_that_is_no_store_is_said(plant: PlantView, harm: str) -> None:
    content, noise = store(plant).read_bytes(), random.Random(1)
    store(plant).unlink()
    if harm == "folder":
        store(plant).mkdir()
    else:
        store(plant).write_bytes(
            {
                "half": content[: len(content) // 2],
                "header": content[:100],
                "random": noise.randbytes(len(content)),
                "random pages": content[:4096] + noise.randbytes(len(content) - 4096),
                "text": b"day,result\n",
            }[harm]
        )
    (line,) = t.findings(plant)
    assert line.startswith(f"{plant.state_folder}: A004: the store cannot be used: ")
    assert set(t.every_verb(plant).values()) == {"refused"}


def test_l7_an_emptied_store_is_missed(plant: PlantView) -> None:
    store(plant).write_bytes(b"")
    found = t.findings(plant)
    assert "seals:3: V001: the last seal that was made, 3, is missing or was changed" in found
    assert 'readings: R031: batch 1 ("readings/meters.csv") is in the lake, but not in the records' in found


def test_l7_a_store_that_is_gone_is_said(plant: PlantView) -> None:
    store(plant).unlink()
    assert t.findings(plant) == [f"{plant.state_folder}: A003: this plant has no books yet"]


@pytest.mark.slow
def test_l7_no_flipped_byte_of_the_store_breaks_a_verb_or_passes_a_changed_row(plant: PlantView, stride: int) -> None:
    content, chance = store(plant).read_bytes(), random.Random(4)

    def dump() -> list[str]:
        try:
            connection = sqlite3.connect(store(plant))
            return list(connection.iterdump())
        except (sqlite3.Error, UnicodeDecodeError):
            return []
        finally:
            connection.close()

    before = dump()
    for _ in range(112 // stride):
        place = chance.randrange(len(content))
        store(plant).write_bytes(content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :])
        now = dump()
        assert now == before or not now or t.findings(plant), f"byte {place}: {set(before) ^ set(now)}"
        assert set(t.every_verb(plant).values()) <= {"ok", "issues", "refused"}
        store(plant).write_bytes(content)


def test_l7_a_store_locked_for_a_while_is_waited_for(plant: PlantView) -> None:
    held = sqlite3.connect(store(plant), isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    threading.Timer(1.0, lambda: held.execute("COMMIT")).start()
    began = time.monotonic()
    assert sl.act(plant, "decision", *t.ENGINEER, {"about": "anything"}).ok
    assert time.monotonic() - began > 0.8
    held.close()
    assert t.findings(plant) == []


def test_l7_books_can_be_read_while_somebody_writes(plant: PlantView) -> None:
    held = sqlite3.connect(store(plant), isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    assert sl.statement(plant, w.SHIFT).ok
    assert sl.explain(plant, t.ADDRESS).ok
    held.execute("COMMIT")
    held.close()


# Copies.


def test_l7_the_books_hold_elsewhere_and_without_results(books: PlantView, tmp_path: Path) -> None:
    elsewhere = t.again(books, tmp_path / "50 % 氧化铝 ?#")
    assert t.findings(elsewhere) == []
    shutil.rmtree(elsewhere.state_folder / "results")
    assert t.findings(elsewhere) == []
    view = sl.verify(elsewhere)
    assert view.report is not None
    assert (view.report.days, view.report.seals, view.report.acts, view.report.batches, view.report.holds) == (2, 4, 3, 3, True)


def test_l7_verify_leaves_the_books_as_they_are(plant: PlantView) -> None:
    def looks() -> dict[str, tuple[int, bytes]]:
        return {
            str(path.relative_to(plant.folder)): (path.stat().st_mode, path.read_bytes())
            for path in sorted(plant.folder.rglob("*"))
            if path.is_file() and "sqlite" not in path.name
        }

    before, stored = looks(), t.rows(plant, "SELECT * FROM seals")
    assert t.findings(plant) == []
    assert looks() == before
    assert t.rows(plant, "SELECT * FROM seals") == stored


READ_ONLY = """
import shiftledger as sl
plant = sl.open({folder!r})
for view in (sl.verify(plant), sl.statement(plant, "2026-03-31.E"), sl.explain(plant, "ledger/2026-03-31.E/filter")):
    assert view.ok, view.issues
for verb in (lambda: sl.close(plant, "2026-03-31"), lambda: sl.act(plant, "decision", "a", "b", {{"about": "c"}})):
    try:
        verb()
    except sl.PlantError as error:
        print(error)
"""


def test_l7_books_that_may_only_be_read_are_read(plant: PlantView) -> None:
    bound: list[str] = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may write everywhere, and there is no setpriv to take that from it")
        bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    places = [plant.folder, *sorted(plant.folder.rglob("*"))]
    modes = {path: path.stat().st_mode for path in places}
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        script = READ_ONLY.format(folder=str(plant.folder))
        done = subprocess.run(
            [*bound, sys.executable, "-c", script], capture_output=True, text=True, env=os.environ | t.IMPORTABLE
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("A004: the store cannot be used: attempt to write a readonly database") == 2
        assert all(path.stat().st_mode & 0o222 == 0 for path in places), "verify leaves modes alone"
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
