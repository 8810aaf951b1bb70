"""The desk from the command line: results, exit codes, what is asked, 80 columns."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

import shiftledger as sl
from shiftledger.cli.app import app
from shiftledger.cli.demo import bundled_plant
from shiftledger.readings.desk import Kept
from shiftledger.readings.quarantine import Refused
from shiftledger.render.desk import quarantine_text
from shiftledger.render.text import width

RUNNER = CliRunner()
WHO = ("--who", "clerk, post 3")
ROLE = (*WHO, "--role", "controller")
SHIFT = ("--shift", "2026-03-31.E")


@pytest.fixture(autouse=True)
def _no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIFTLEDGER_LANG", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = bundled_plant()
    assert source is not None
    target = tmp_path / "plant"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".shiftledger"))
    (target / "late" / "bad.csv").write_text(
        "time,tag,value\n2026-03-31T15:30:00+02:00,FT-ORE,abc\n2026-03-31T16:30:00+02:00,FT-OX,2\n"
    )
    return target


def call(*args: object, answers: str | None = None) -> Result:
    result = RUNNER.invoke(app, [str(arg) for arg in args], input=answers)
    assert "Traceback" not in result.output
    assert "mistake of the program" not in result.output
    return result


def narrow(text: str) -> bool:
    return all(width(line) <= 80 for line in text.splitlines())


def test_r3_values_are_entered_and_told_back_with_their_local_time(folder: Path) -> None:
    result = call("enter", folder, *SHIFT, "LT-T=57.1", "LAB-MOISTURE=9.5", *WHO)
    assert (result.exit_code, narrow(result.stdout)) == (0, True)
    assert result.stdout.splitlines() == [
        "2026-03-31.E: 2 values entered as batch 1",
        "  LAB-MOISTURE = 9.5 at 2026-03-31 14:00",
        "  LT-T = 57.1 at 2026-03-31 22:00",
    ]
    again = call("enter", folder, *SHIFT, "LT-T=57.1", *WHO)
    assert (again.exit_code, "nothing changed" in again.stdout) == (0, True)
    form = json.loads(call("enter", folder, *SHIFT, "LT-T=58", *WHO, "--json").stdout)
    assert (form["ok"], form["entered"][0][0], form["reports"][0]["appended"]) == (True, "LT-T", 1)


def test_r3_mistakes_are_told_and_nothing_is_entered(folder: Path) -> None:
    result = call("enter", folder, *SHIFT, "LT-T=57,1", "LTT=1", *WHO)
    assert (result.exit_code, result.stdout) == (1, "nothing was entered\n")
    assert "Write the decimal sign as a point: 57.1" in result.stderr
    assert "Closest: LT-T" in result.stderr
    for args in (
        ("enter", folder, *SHIFT, "LT-T", *WHO),
        ("enter", folder, *SHIFT, "LT-T=1", "LT-T=2", *WHO),
        ("enter", folder, *SHIFT, "LT-T=1"),
    ):
        assert call(*args).exit_code == 2


def test_r3_what_is_missing_is_asked_for(folder: Path) -> None:
    result = call("enter", folder, *SHIFT, *WHO, answers="9,5\n9.5\n\n")
    assert result.exit_code == 0
    assert "LAB-MOISTURE [%] 2026-03-31 14:00: " in result.stderr
    assert "decimal comma" in result.stderr
    assert "1 values entered" in result.stdout
    rest = json.loads(call("enter", folder, *SHIFT, *WHO, "--json").stdout)
    assert [one["tag"] for one in rest["asked"]] == ["LT-T"]
    nothing = call("enter", folder, *SHIFT, *WHO, answers="")
    assert (nothing.exit_code, nothing.stdout) == (0, "2026-03-31.E: 1 values are missing: LT-T\n")
    assert call("enter", folder, "--shift", "2026-03-31.Q", *WHO).exit_code == 1


def test_r4_refused_rows_are_listed_readmitted_and_dropped(folder: Path) -> None:
    assert call("quarantine", "list", folder).stdout == "no refused row is open\n"
    call("load", folder, folder / "late" / "bad.csv")
    listed = call("quarantine", "list", folder)
    assert (listed.exit_code, narrow(listed.stdout)) == (0, True)
    form = json.loads(call("quarantine", "list", folder, "--json").stdout)
    assert (form["open"], form["kept"], [row["standing"] for row in form["rows"]]) == (2, 2, ["open", "open"])
    first, second = (row["row"]["id"] for row in form["rows"])
    assert first in listed.stdout
    refused = call("quarantine", "readmit", folder, first, *ROLE)
    assert (refused.exit_code, "R066" in refused.stderr) == (1, True)
    done = call("quarantine", "readmit", folder, first, "--value", "12.5", *ROLE)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "act 0 recorded: 1 rows readmitted")
    twice = call("quarantine", "readmit", folder, first, "--value", "12.5", *ROLE)
    assert (twice.exit_code, twice.stdout) == (0, "there was nothing to decide\n")
    away = call("quarantine", "drop", folder, "--file", "late/bad.csv", *ROLE, "--reason", "a meter of the neighbour")
    assert (away.exit_code, away.stdout) == (0, "act 1 recorded: 1 rows dropped\n")
    assert call("quarantine", "list", folder).stdout == "no refused row is open\n"
    every = call("quarantine", "list", folder, "--all").stdout
    assert ("readmitted by act 0" in every, "dropped by act 1" in every, second in every) == (True, True, True)
    call("load", folder, folder / "readings" / "meters.csv")
    assert call("close", folder).exit_code == 0
    assert call("verify", folder).exit_code == 0


@pytest.mark.parametrize(
    "args", [("look",), ("list", "abc"), ("readmit",), ("readmit", "abcdef", "--file", "x"), ("drop", "abcdef", "--value", "1")]
)
def test_r4_wrong_usage_of_the_quarantine_is_told(folder: Path, args: tuple[str, ...]) -> None:
    assert call("quarantine", args[0], folder, *args[1:]).exit_code == 2


def test_r4_a_decision_is_not_recorded_as_a_bare_act(folder: Path) -> None:
    result = call("act", folder, "drop", *ROLE)
    assert (result.exit_code, "A002" in result.stderr) == (1, True)
    with pytest.raises(TypeError):
        sl.act(sl.open(folder), "drop")  # type: ignore[call-arg]
    assert not sl.act(sl.open(folder), "drop", "x", "y", {"rows": "abc"}).ok


def test_r2_a_dry_run_is_narrow_and_as_json(folder: Path) -> None:
    result = call("load", folder, folder / "readings" / "meters.csv", "--dry-run")
    assert (result.exit_code, narrow(result.stdout), result.stdout.splitlines()[-1]) == (0, True, "nothing was written")
    form = json.loads(call("load", folder, folder / "late" / "bad.csv", "--dry-run", "--json").stdout)
    assert (form["previews"][0]["refused"], form["reports"]) == (2, [])
    assert not (folder / ".shiftledger").exists()
    (folder / "x.csv").write_text("time,FT-ORE\n2026-03-31 06:00,1\n2026-03-31 07:00,2\n")
    guess = call("load", folder, folder / "x.csv", "--dry-run")
    assert (guess.exit_code, '"FT-ORE" = "FT-ORE"' in guess.stdout, narrow(guess.stdout)) == (1, True, True)
    form = json.loads(call("load", folder, folder / "x.csv", "--dry-run", "--json").stdout)
    assert form["guesses"][0]["block"].startswith("[source.x]")


def test_r3_readings_by_sql(folder: Path) -> None:
    with sqlite3.connect(folder / "historian.db") as connection:
        connection.execute("CREATE TABLE r (time, tag, value)")
        connection.execute("INSERT INTO r VALUES ('2026-03-31 06:00:00', 'FT-ORE', 12.5)")
    declared = '\n[source.historian]\nformat = "sql"\nurl = "sqlite:///historian.db"\nquery = "SELECT * FROM r WHERE time >= :since AND time < :until"\n'
    (folder / "sources.toml").write_text((folder / "sources.toml").read_text("utf-8") + declared, "utf-8")
    asked = ("load", folder, "--source", "historian", "--since", "2026-03-31", "--until", "2026-03-31T07:00:00")
    assert "1 of 1 rows are new" in call(*asked).stdout
    assert "1 known already" in call(*asked, "--dry-run").stdout
    assert (call("load", folder, "--source", "historian").exit_code, call("load", folder, "--source", "meters").exit_code) == (
        1,
        1,
    )
    assert (call("load", folder).exit_code, call("load", folder, "x.csv", "--since", "2026-03-31").exit_code) == (2, 2)
    assert call(*asked[:4], "--since", "yesterday", "--until", "today").exit_code == 1


def test_r3_a_password_in_the_text_is_refused_and_never_shown(folder: Path) -> None:
    declared = '\n[source.h]\nformat = "sql"\nurl = "postgresql://plant:hunter2@db/x"\nquery = "SELECT 1"\n'
    path = folder / "sources.toml"
    path.write_text(path.read_text("utf-8") + declared, "utf-8")
    for args in (("check", folder), ("check", folder, "--json"), ("load", folder, "--source", "h")):
        result = call(*args)
        assert (result.exit_code, "P030" in result.output, "hunter2" in result.output) == (1, True, False)
    path.write_text(path.read_text("utf-8").replace("url =", "ulr ="), "utf-8")  # the line of another mistake
    for args in (("check", folder), ("check", folder, "--json")):
        result = call(*args)
        assert (result.exit_code, "P005" in result.output, "hunter2" in result.output) == (1, True, False)


def test_r4_what_was_refused_is_not_said_twice() -> None:
    row = Refused("0123456789", "a.csv", 2, "x,FT-1,1", 'time "x" does not fit ISO 8601', 0)
    assert quarantine_text(SimpleNamespace(rows=(Kept(row, "open", None, row.reason),), open=1, kept=1), "en").splitlines()[
        -2:
    ] == [
        '  time "x" does not fit ISO 8601',
        "  still so with today's text",
    ]
    other = quarantine_text(SimpleNamespace(rows=(Kept(row, "open", None, "no source"),), open=1, kept=1), "en")
    assert other.endswith("  still cannot be read: no source")


def test_r4_a_contradiction_is_listed_in_local_time() -> None:
    row = Refused("0123456789", "a.csv", 2, "2026-07-04T04:00:00Z,A,1.0,good,", "why", 0, reading=("A", 0, "1.0", 0, -1))
    said = quarantine_text(SimpleNamespace(rows=(Kept(row, "open"),), open=1, kept=1), "en", "Europe/Berlin")
    assert "  2026-07-04T06:00:00+02:00,A,1.0,good," in said.splitlines()
