"""The verbs from the command line: results, located issues, exit codes; never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shiftledger import api
from shiftledger.cli.app import app
from shiftledger.cli.demo import ADDRESS, SHIFT, bundled_plant
from shiftledger.render.help_text import help_text
from shiftledger.render.messages_help import HELP_ZH
from shiftledger.render.text import width

ROOT = Path(__file__).parents[2]
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIFTLEDGER_LANG", raising=False)
    monkeypatch.delenv("SHIFTLEDGER_TRACEBACK", raising=False)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, loaded and closed."""
    source = bundled_plant()
    assert source is not None
    folder = tmp_path_factory.mktemp("plant") / "two-tanks"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".shiftledger"))
    plant = api.open(folder)
    assert api.load(plant, [folder / "readings" / name for name in ("meters.csv", "moisture.csv")]).ok
    assert api.close(plant, who="tester").ok
    return folder


def call(*args: object) -> Result:
    return RUNNER.invoke(app, [str(arg) for arg in args])


def test_l4_a_statement_in_chinese_by_default(closed: Path) -> None:
    result = call("statement", closed, SHIFT, "--area", "filter")
    assert result.exit_code == 0
    assert "价值 V  +3,050.00 EUR" in result.stdout
    assert "厂级" not in result.stdout
    assert all(width(row) <= 80 for row in result.stdout.splitlines())
    english = call("statement", closed, SHIFT, "--lang", "en")
    assert "The whole plant, this shift" in english.stdout
    assert "+10,510.00" in english.stdout
    both = call("statement", closed, SHIFT, "--lang", "both").stdout
    assert "本班全厂" in both
    assert "The whole plant" in both


def test_statement_as_json(closed: Path) -> None:
    form = json.loads(call("statement", closed, SHIFT, "--json").stdout)
    assert (form["version"], form["ok"], form["site"]) == (1, True, {"site:unreconciled:T": -18000})
    assert [one["value"] for one in form["statements"]] == [305000, 764000]


def test_i7_explain_opens_to_file_and_line(closed: Path) -> None:
    result = call("explain", closed, ADDRESS, "--lang", "en")
    assert result.exit_code == 0
    assert "−3,000.00 EUR" in result.stdout
    assert "2026-03-31 14:00:00  2.5 t/h  readings/meters.csv:" in result.stdout
    shallow = call("explain", closed, ADDRESS, "--depth", "1", "--lang", "en").stdout
    assert "more below" in shallow
    assert "2.5 t/h" not in shallow
    assert json.loads(call("explain", closed, ADDRESS, "--json").stdout)["node"]["value"] == -300000


def test_l7_verify_holds(closed: Path) -> None:
    result = call("verify", closed)
    assert (result.exit_code, result.stdout.startswith("The books hold")) == (0, True)


def test_check_load_close_again_change_nothing(closed: Path) -> None:
    assert call("check", closed).stdout == "nothing is wrong\n"
    again = call("load", closed, closed / "readings" / "moisture.csv")
    assert (again.exit_code, "nothing changed" in again.stdout) == (0, True)
    result = call("close", closed, "--from", "2026-03-31", "--to", "2026-03-31")
    assert (result.exit_code, result.stdout) == (0, "2026-03-31: unchanged: the seal stands\n")


def test_r5_an_act_is_recorded(closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    shutil.copytree(closed, folder)
    result = call(
        "act", folder, "decision", "--who", "cost controller, post 1", "--role", "controller", "--about", "ledger/2026-03-31.E"
    )
    assert (result.exit_code, result.stdout) == (0, "act 0 recorded: decision, by cost controller, post 1\n")
    assert call("act", folder, "decree", "--who", "x", "--role", "y").exit_code == 1
    assert call("act", folder, "settle", "--role", "y").exit_code == 2
    year = call("act", folder, "suspect", "--who", "x", "--role", "y", "--tag", "FT-ORE", "--start", "2026", "--end", "2027")
    assert (year.exit_code, "ISO time" in year.stderr) == (2, True)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("statement", SHIFT + "x"), 1, "P061"),
        (("statement", "2026-04-05.D"), 1, "L013"),
        (("statement", SHIFT, "--area", "mil"), 1, "Closest: mill"),
        (("statement", SHIFT, "--lang", "fr"), 2, "--lang 'fr'"),
        (("explain", "ledger/2026-03-31.E/filter/stem"), 1, "filter/steam"),
        (("explain", ADDRESS, "--depth", "-1"), 2, "--depth"),
        (("close", "--from", "2026-13-01"), 1, "A006"),
        (("load", "no-such.csv"), 1, "no-such.csv"),
        (("load",), 2, "FILES"),
        (("statement",), 2, "SHIFT"),
    ],
)
def test_mistakes_are_located_and_have_their_exit_code(closed: Path, args: tuple[str, ...], code: int, said: str) -> None:
    result = call(args[0], closed, *args[1:])
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output


VERBS = (
    ("check",), ("load", "a.csv"), ("close",), ("statement", SHIFT), ("explain", ADDRESS), ("verify",),
    ("act", "settle", "--who", "x", "--role", "y", "--month", "2026-03"),
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
@pytest.mark.parametrize("kind", ["nowhere", "file", "empty", "broken", "damaged"])
def test_every_verb_takes_a_folder_that_is_none(tmp_path: Path, closed: Path, verb: tuple[str, ...], kind: str) -> None:
    plant = tmp_path / "plant"
    if kind == "file":
        plant.write_text("x")
    elif kind == "empty":
        plant.mkdir()
    elif kind in ("broken", "damaged"):
        shutil.copytree(closed, plant)
        target = plant / "streams.toml" if kind == "broken" else plant / ".shiftledger" / "ledger.sqlite"
        target.write_bytes(b"[stream.\xff\x00")
        for rest in plant.glob(".shiftledger/ledger.sqlite-*"):
            rest.unlink()
    result = call(verb[0], plant, *verb[1:])
    assert result.exit_code == (0 if (verb[0], kind) == ("check", "damaged") else 1)
    assert "Traceback" not in result.output
    assert "mistake of the program" not in result.output
    if result.exit_code:
        assert "error " in result.stderr
    form = json.loads(call(verb[0], plant, *verb[1:], "--json").stdout)
    assert form["version"] == 1
    assert bool(form["issues"]) == bool(result.exit_code)


def test_state_may_live_elsewhere(closed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "books"
    for args in (("--state", elsewhere, "statement", closed, SHIFT), ("statement", closed, SHIFT, "--state", elsewhere)):
        result = call(*args)
        assert result.exit_code == 1
        assert "A003" in result.stderr
    assert call("--state", closed / ".shiftledger", "statement", closed, SHIFT).exit_code == 0


def test_help_says_what_a_code_means_and_finds_the_closest() -> None:
    result = call("help", "p012")
    assert (result.exit_code, result.stdout.startswith("P012 (error): ")) == (0, True)
    unknown = call("help", "PO12")
    assert unknown.exit_code == 1
    assert "Closest: P012" in unknown.stderr
    assert "Closest: L" in call("help", "L99").stderr
    assert call("help", "???").exit_code == 1


def test_help_speaks_chinese_and_shows_a_wrong_and_a_right_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("help", "P012", "--lang", "zh").stdout == (
        "P012（错误）：引用了没有声明的名字\n\n改正名字（提示给出最接近的一个），或在提示所说的文件里声明它。\n\n"
        '错（streams.toml）：\n  to = "U11"\n对：\n  to = "U1"\n'
    )
    english = call("help", "P012", "--lang", "en").stdout
    assert english.endswith('Wrong (streams.toml):\n  to = "U11"\nRight:\n  to = "U1"\n')
    assert "引用" not in english
    assert "引用" in call("help", "P012").stdout, "who asks for no language reads both"
    assert call("help", "L001", "--lang", "zh").stdout.endswith("（此条目前只有英文。）\n")
    monkeypatch.setenv("SHIFTLEDGER_LANG", "zh")
    assert call("help", "P012").stdout.startswith("P012（错误）")


def test_what_help_says_is_eighty_columns_wide_and_of_codes_that_there_are() -> None:
    kinds = {kind.code: kind for kind in api.kinds()}
    assert set(HELP_ZH) <= set(kinds)
    assert len(HELP_ZH) >= 40
    assert [line for code in HELP_ZH for line in help_text(kinds[code]).split("\n") if width(line) > 80] == []


def test_the_programs_own_mistakes_are_one_honest_line(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("wheel fell off\nsecond line")

    monkeypatch.setattr(api, "statement", broken)
    result = call("statement", closed, SHIFT)
    assert result.exit_code == 1
    assert "This is a mistake of the program, not yours: RuntimeError: wheel fell off\n" in result.stderr
    assert "Traceback" not in result.output
    monkeypatch.setenv("SHIFTLEDGER_TRACEBACK", "1")
    assert isinstance(call("statement", closed, SHIFT).exception, RuntimeError)


def test_nothing_heavy_is_imported_before_a_verb_runs() -> None:
    code = "import sys, shiftledger.cli.app, shiftledger.render.statement_text, shiftledger.api; print(*sorted(sys.modules))"
    loaded = set(_run("-c", code).stdout.decode().split())
    assert not loaded & {"numpy", "pyarrow", "deltalake", "sqlalchemy", "pint", "rich"}


def test_a_statement_never_needs_pint(closed: Path) -> None:
    code = (
        "import sys\nfrom shiftledger import api\n"
        f"assert api.statement(api.open({str(closed)!r}, strict=False), {SHIFT!r}).ok\nassert 'pint' not in sys.modules\n"
    )
    done = _run("-c", code)
    assert done.returncode == 0, done.stderr


def _run(*args: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    return subprocess.run([sys.executable, *args], capture_output=True, env=env, check=False, timeout=120)


def test_a_terminal_without_utf8_is_no_mistake(closed: Path) -> None:
    done = _run("-m", "shiftledger", "statement", str(closed), SHIFT, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"-16,200.00" in done.stdout
    form = _run("-m", "shiftledger", "explain", str(closed), ADDRESS, "--json", PYTHONIOENCODING="ascii")
    assert json.loads(form.stdout)["ok"]


def test_a_reader_who_leaves_ends_the_output(closed: Path) -> None:
    command = [sys.executable, "-m", "shiftledger", "statement", str(closed), SHIFT, "--lang", "both"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), errors) == (0, b"")


def test_the_demonstration_goes_from_text_to_verified_books(tmp_path: Path) -> None:
    result = call("demo", "--plant", "two-tanks", "--keep", tmp_path)
    assert result.exit_code == 0, result.output
    for said in (
        "nothing is wrong",
        "loaded as batch 2",
        "sealed, seal 0",
        "本班全厂",
        "Actual",
        "2.5 t/h",
        "The books hold",
        "README.md",
    ):
        assert said in result.stdout
    outside = [row for row in result.stdout.splitlines() if str(tmp_path) not in row]
    assert all(width(row) <= 80 for row in outside)
    assert (tmp_path / "two-tanks" / ".shiftledger" / "ledger.sqlite").exists()
    again = call("demo", "--plant", "two-tanks", "--keep", tmp_path)
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)


def test_the_demonstration_of_a_refinery_shows_a_days_order_and_a_statement(tmp_path: Path) -> None:
    result = call("demo", "--days", 2, "--keep", tmp_path / "kept")
    assert result.exit_code == 0, result.output
    for said in ("nothing is wrong", "sealed, seal 0", "Order of the day by V", "Mostly noise", "Where to look next"):
        assert said in result.stdout
    assert "2026-03-01" in result.stdout
    assert "From Plan to Actual" in result.stdout
    outside = [row for row in result.stdout.splitlines() if str(tmp_path) not in row]
    assert all(width(row) <= 80 for row in outside)
    assert (tmp_path / "kept" / "refinery" / ".shiftledger" / "ledger.sqlite").exists()
    again = call("demo", "--days", 2, "--keep", tmp_path / "kept")
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [(("--plant", "smelter"), "choose one of"), (("--days", 0), "at least one day"), (("--seed", -1), "seed")],
)
def test_a_demonstration_that_cannot_be_is_refused_in_one_line(options: tuple[object, ...], says: str) -> None:
    result = call("demo", *options)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert says in result.stderr


def test_r1_an_event_is_recorded_and_withdrawn(closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two-tanks"
    shutil.copytree(closed, folder)
    who = ("--who", "shift foreman, post 4", "--role", "operation")
    times = ("--start", "2026-03-31T16:00:00+02:00", "--end", "2026-03-31T17:00:00+02:00")
    result = call("act", folder, "event", *who, "--unit", "U1", "--kind", "halt", "--cause", "electrical", *times)
    assert (result.exit_code, result.stdout) == (0, "act 0 recorded: event, by shift foreman, post 4\n")
    assert call("act", folder, "event", *who, "--unit", "U7", "--kind", "halt", *times).exit_code == 1
    assert call("act", folder, "event", *who, "--unit", "U1", "--kind", "halt", "--start", "2026").exit_code == 2
    assert call("close", folder).exit_code == 0
    shown = call("statement", folder, "2026-03-31.E", "--area", "mill", "--lang", "en").stdout
    assert "halted: electrical" in shown
    assert call("act", folder, "withdraw", *who, "--event", "0").exit_code == 0
    assert call("act", folder, "withdraw", *who, "--event", "0").exit_code == 1, "it stands no longer"
