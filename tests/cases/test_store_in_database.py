"""L7, R5: acts, seals and batches in a PostgreSQL database that plant.toml or the environment names; what is wrong with it is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import postgres
import shiftledger as sl
import two_tanks as w
from shiftledger.api import PlantError

NOWHERE = "postgresql://clerk:${STORE_PASSWORD}@127.0.0.1:1/books"


@pytest.fixture
def address() -> Iterator[str]:
    with postgres.database() as found:
        yield found


def in_database(folder: Path, address: str) -> Path:
    """The example plant with its store at an address."""
    base = w.copy(folder)
    text = (base / "plant.toml").read_text("utf-8")
    (base / "plant.toml").write_text(text.replace("[plant]\n", f'[plant]\nsql = "{address}"\n'), "utf-8")
    return base


def refused(base: Path) -> tuple[str, str]:
    with pytest.raises(PlantError) as said:
        sl.close(sl.open(base))
    (issue,) = said.value.issues
    assert issue.remedy
    assert "hunter2" not in issue.message + issue.remedy + str(said.value)
    return str(issue.at), f"{issue.code}: {issue.message}"


@pytest.mark.slow
def test_l7_every_verb_works_on_a_store_in_a_database(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE", address)
    base = in_database(tmp_path, "${STORE}")
    plant = sl.open(base)
    with pytest.raises(PlantError, match="A003"):
        sl.statement(plant, w.SHIFT)
    assert sl.quarantine(plant).rows == ()
    assert sl.load(plant, [base / w.BASE[0]], dry_run=True).previews[0].new == 257
    w.load(plant, *w.BASE, w.MOISTURE)
    assert sl.load(plant, [base / w.BASE[0]], dry_run=True).previews[0].new == 0
    w.reclose(plant)
    alone = w.opened(tmp_path / "alone")
    assert sl.statement(plant, w.SHIFT).seal.result_hash == sl.statement(alone, w.SHIFT).seal.result_hash  # type: ignore[union-attr]
    assert sl.enter(plant, w.SHIFT, {"LT-T": 57.2}, "clerk, post 3").ok
    assert sl.act(plant, "decision", "controller, post 1", "controller", {"about": "x"}).ok
    assert sl.explain(plant, f"ledger/{w.SHIFT}/filter/steam").ok
    verified = sl.verify(plant)
    assert verified.report is not None
    assert (verified.report.holds, verified.report.acts, verified.report.batches) == (True, 1, 3)
    assert not (plant.state_folder / "ledger.sqlite").exists()
    events = 'source.events]\nmatch = "ev.csv"\nlayout = "events"\n'
    (base / "sources.toml").write_text((base / "sources.toml").read_text("utf-8") + f"\n[{events}", "utf-8")
    (base / "ev.csv").write_text("start,end,unit\n2026-03-31T15:00:00+02:00,2026-03-31T16:00:00+02:00,U1\n", "utf-8")
    plant = sl.open(base)
    assert [sl.load(plant, [base / "ev.csv"], dry_run=dry).ok for dry in (True, False)] == [True, True]
    assert sl.load(plant, [base / "ev.csv"], dry_run=True).previews[0].known == 1  # the copy knows the acts of the database

    far = in_database(tmp_path / "far", "${STORE}")  # another PC with a folder of its own
    assert refused(far)[1].startswith("A012: the readings of this store do not lie in")
    shared = sl.open(far, state=plant.state_folder)
    assert sl.statement(shared, w.SHIFT).ok  # and with the same folder
    with sa.create_engine(address).begin() as sql:
        sql.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert refused(base)[1] == "A011: the store cannot be used: its schema is 9999, this program knows 0001"


def test_l7_a_store_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = in_database(tmp_path, NOWHERE)
    line = 1 + (base / "plant.toml").read_text("utf-8").splitlines().index("[plant]")
    monkeypatch.delenv("STORE_PASSWORD", raising=False)
    at, message = refused(base)
    assert (at, message) == (f"plant.toml:{line}", "A008: the environment variable STORE_PASSWORD is not set")
    monkeypatch.setenv("STORE_PASSWORD", "hunter2")
    at, message = refused(base)
    assert at == f"plant.toml:{line}"
    assert message.startswith(("A010: the database of the store cannot be used: ", "A009: the driver"))
    monkeypatch.setenv("SHIFTLEDGER_SQL", "oracle://x:hunter2@y/z")  # it overrides the plant's
    assert refused(base)[0] == "SHIFTLEDGER_SQL"
    monkeypatch.setenv("SHIFTLEDGER_SQL", "no address hunter2")
    assert refused(base) == ("SHIFTLEDGER_SQL", "A010: this is not the address of a database")


def test_l7_a_password_in_the_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlantError) as said:
        sl.open(in_database(tmp_path, "postgresql://clerk:hunter2@db/books"))
    (issue,) = said.value.issues
    assert (issue.code, str(issue.at)[:11], "hunter2" in str(said.value) + (issue.at.text if issue.at else "")) == (
        "P030",
        "plant.toml:",
        False,
    )


def test_l7_a_wrong_password_is_said(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sa.make_url(address)
    monkeypatch.setenv("STORE_PASSWORD", "hunter2")
    monkeypatch.setenv("SHIFTLEDGER_SQL", f"postgresql://nobody-here:${{STORE_PASSWORD}}@127.0.0.1:5432/{url.database}")
    assert refused(w.copy(tmp_path))[1].startswith("A010: the database of the store cannot be used: ")
