"""A new plant: from answers to a first statement; whole or not at all; every mistake named at its answer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import shiftledger as sl
from shiftledger.api.new import new
from shiftledger.cli import new as asking
from shiftledger.cli.app import app
from shiftledger.plant.answers import Answers, beginning, flow_of, presets_for
from shiftledger.plant.presets import PRESETS
from shiftledger.render.text import width

RUNNER = CliRunner()
MILL: dict[str, Any] = {
    "name": "Mill works", "currency": "EUR", "zone": "Europe/Berlin", "day_start": "06:00", "areas": ("mill", "filter"),
    "materials": ("ore:t:100", "slurry:t:180", "product:t:250", "steam:t:150"), "anchor": "2026-03-28",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIFTLEDGER_LANG", raising=False)


def call(*args: object, asked: str = "") -> Result:
    return RUNNER.invoke(app, [str(arg) for arg in args], input=asked)


def texts(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def found(view: sl.api.NewView) -> set[tuple[str, str]]:
    return {(issue.code, issue.at.file if issue.at else "") for issue in view.issues}


def test_from_nothing_to_a_statement(tmp_path: Path) -> None:
    """8 h: 80 t of feed for 100 a tonne, 76 t of product for 150: 11,400 - 8,000 = 3,400.

    The plan is 95 % of 76 t, 72 t; with a yield of 0.940 that takes 76.596 t: 10,800.00 - 7,659.60
    = 3,140.40. The standard of 76 t takes 80.851 t: 11,400.00 - 8,085.10 = 3,314.90.
    """
    folder = tmp_path / "my-plant"
    made = call("new", folder)
    assert made.exit_code == 0, made.output
    assert call("check", folder).stdout == "nothing is wrong\n"
    assert call("load", folder, folder / "readings/example.csv").exit_code == 0
    assert call("close", folder).exit_code == 0
    printed = call("statement", folder, "2026-01-05.D", "--lang", "en").stdout
    assert "+3,400.00 CNY" in printed
    assert "+3,140.40" in printed
    assert "+3,314.90" in printed
    assert all(width(line) <= 80 for line in printed.splitlines())


def test_two_areas_over_a_change_of_clocks(tmp_path: Path) -> None:
    """On 2026-03-28 the night lasts 7 h. The mill turns 10 t/h of ore into 9.5 t/h of slurry: 7 x (9.5 x 180 - 10 x 100) = 4,970."""
    folder = tmp_path / "mill-works"
    view = new(folder, **MILL, lang="en")
    assert view.issues == ()
    assert view.steps[-1].endswith(" 2026-03-28.D --lang en")
    plant = sl.open(folder)
    assert sl.load(plant, [folder / "readings/example.csv"]).ok
    assert sl.close(plant).ok
    (mill,) = sl.statement(plant, "2026-03-28.N", "mill").statements
    assert mill.value == 497000


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_same_answers_same_bytes_and_a_comment_in_every_file(tmp_path: Path, lang: Any) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        new(tmp_path / place / "plant", **MILL, lang=lang)
    first, second = texts(tmp_path / "a" / "plant"), texts(tmp_path / "b" / "plant")
    assert first == second
    for name, raw in first.items():
        if not name.startswith("readings/"):
            assert raw.startswith(b"# "), name
            assert name == "README.md" or raw.splitlines()[0].isascii() is (lang == "en"), name


def test_what_lies_there_is_never_touched(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    file = tmp_path / "file"
    file.write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in (folder, file, tmp_path / "link", tmp_path / "absent" / "plant"):
        view = new(place)
        assert found(view) == {("P190", "folder")}
        assert (view.ok, view.folder, view.files) == (False, "", ())
    assert texts(folder) == {"mine.txt": b"mine"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link", "plant"]


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    folder.mkdir()
    assert new(folder).ok
    assert (folder / "plant.toml").is_file()


@pytest.mark.parametrize("name", ["write_bytes", "rename"])
def test_no_half_of_a_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A disk that fills up after five files, or at the very end."""
    usual, calls = getattr(Path, name), []

    def failing(self: Path, *args: Any) -> Any:
        calls.append(self)
        if name == "rename" or len(calls) > 5:
            raise OSError(28, os.strerror(28))
        return usual(self, *args)

    monkeypatch.setattr(Path, name, failing)
    view = new(tmp_path / "plant")
    assert found(view) == {("P190", "folder")}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"currency": "CNU"}, ("P191", "currency", "Closest: CNY.")),
        ({"zone": "Asia/Shangai"}, ("P013", "zone", "Closest: Asia/Shanghai.")),
        ({"zone": "../etc/passwd"}, ("P013", "zone", "Asia/Shanghai")),
        ({"day_start": "25:00"}, ("P195", "day_start", "06:00")),
        ({"slots": 4}, ("P193", "slots", "1, 2 or 3")),
        ({"slots": "09:00,17:00"}, ("P193", "slots", "the first of them 08:00")),
        ({"slots": "08:00,00:00,16:00"}, ("P193", "slots", "in order")),
        ({"rotation": "four-crew-2-2-2"}, ("P193", "rotation", "Closest: four-crew-2-2-2-2.")),
        ({"slots": 2, "rotation": "four-crew-2-2-2-2"}, ("P193", "rotation", "four-crew-12h, three-crew-12h")),
        ({"anchor": "2026-02-30"}, ("P195", "anchor", "2026-01-05")),
        ({"areas": ()}, ("P195", "areas", "at least one")),
        ({"areas": ("mill", "mill")}, ("P195", "areas", "Leave one out")),
        ({"areas": ("outside",)}, ("P011", "areas", "another id")),
        ({"areas": ("mill", "filter")}, ("P194", "materials", "Name 3 materials")),
        ({"materials": ("feed:t:1,5", "product:t:2")}, ("P195", "materials", "with a point")),
        ({"materials": ("feed:tn:1", "product:t:2")}, ("P019", "materials", "Closest: t.")),
        ({"materials": ("feed:EUR:1", "product:t:2")}, ("P019", "materials", "t, m3, kWh")),
        ({"flows": ("fed:outside:area-1",)}, ("P194", "flows", "Closest: feed.")),
        ({"flows": ("feed:area-1:area-1",)}, ("P194", "flows", "two different ends")),
        ({"flows": ("feed:outside",)}, ("P195", "flows", "ore:outside:mill")),
        ({"flows": ("feed:outside:area-1:T", "product:area-1:outside:T")}, ("P195", "flows", "another tag")),
        ({"name": "two\nlines"}, ("P195", "name", "one line")),
    ],
)
def test_a_mistake_is_named_at_its_answer(tmp_path: Path, answers: dict[str, Any], expected: tuple[str, str, str]) -> None:
    view = new(tmp_path / "plant", **answers)
    code, place, remedy = expected
    assert found(view) == {(code, place)}
    assert all(remedy in issue.remedy for issue in view.issues)
    assert list(tmp_path.iterdir()) == []


def test_several_mistakes_at_once_end_with_an_error(tmp_path: Path) -> None:
    result = call("new", tmp_path / "plant", "--currency", "X", "--zone", "Mars", "--slots", "9")
    assert result.exit_code == 1
    assert [code for code in ("P191", "P013", "P193") if code not in result.stderr] == []
    assert call("new", tmp_path / "plant", "--lang", "both").exit_code == 2


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_rotation_that_is_offered_checks_clean(tmp_path: Path, count: int) -> None:
    for rotation in presets_for(count):
        view = new(tmp_path / f"{rotation}-{count}", slots=count, rotation=rotation)
        assert view.issues == (), rotation


def test_every_shipped_rotation_round_the_clock_is_offered() -> None:
    offered = {name for count in (1, 2, 3) for name in presets_for(count)}
    assert offered - {"one-crew"} == set(PRESETS) - {"day-only"}


def test_currencies_without_cents_and_tags_of_ones_own(tmp_path: Path) -> None:
    view = new(tmp_path / "p", currency="JPY", flows=("feed:outside:area-1:=A,1", "product：area-1：outside"))
    assert view.issues == ()
    plant = sl.open(tmp_path / "p").plant
    assert plant.settings.money_decimals == 0
    assert {meter.tag for meter in plant.meters} == {"=A,1", "FT-PRODUCT-FROM-AREA-1"}


def test_names_in_chinese_and_with_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "磨选厂"
    assert new(folder, name='A "b" \\ c', areas=("磨 矿",), materials=("原料：t：1", "精矿:t:2")).issues == ()
    plant = sl.open(folder).plant
    assert plant.settings.name_en == 'A "b" \\ c'
    assert set(plant.areas) == {"磨-矿"}
    assert plant.areas["磨-矿"].name_zh == "磨 矿"


def test_flows_in_order_then_what_else_is_used() -> None:
    begun = beginning("p", Answers(areas=MILL["areas"], materials=MILL["materials"])).result
    assert begun is not None
    assert begun.flows == (
        flow_of("ore", "outside", "mill"),
        flow_of("slurry", "mill", "filter"),
        flow_of("product", "filter", "outside"),
        flow_of("steam", "outside", "filter"),
    )


def test_a_person_is_asked_again_until_the_answer_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_is_person", lambda: True)
    answers = [
        "Mill works",
        "EU",
        "eur",
        "",
        "6:00",
        "2",
        "",
        "mill，filter",
        "ore:t:9,product:t:20",
        "",
        "ore:outside:mill,product:filter:outside",
    ]
    result = call(
        "new", tmp_path / "plant", "--lang", "en", "--zone", "Europe/Berlin", asked="\n".join(answers[:3] + answers[4:]) + "\n"
    )
    assert result.exit_code == 0, result.output
    assert result.stderr.count("error P191") == 1  # EU
    assert result.stderr.count("error P194") == 1  # two materials do not pass two areas: the flows are asked for again
    plant = sl.open(tmp_path / "plant").plant
    assert (plant.settings.currency, plant.settings.zone, f"{plant.settings.day_start:%H:%M}") == (
        "EUR",
        "Europe/Berlin",
        "06:00",
    )
    assert {(stream.source, stream.target) for stream in plant.streams.values()} == {
        ("outside", "mill-unit"),
        ("filter-unit", "outside"),
    }


def test_who_gives_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_is_person", lambda: True)
    assert call("new", tmp_path / "plant", asked="Mill works\nEUR\n").exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_warnings_are_said_and_json_tells_the_steps(tmp_path: Path) -> None:
    """A day that begins at 02:30 begins in the hour that the clock skips in March: a warning, and the plant is written."""
    place = ("--day-start", "02:30", "--zone", "Europe/Berlin", "--slots", "1", "--lang", "en")
    warned = call("new", tmp_path / "p", *place)
    assert warned.exit_code == 0
    assert "without errors, but read the warnings" in warned.stdout
    assert "P060" in warned.stderr
    form = json.loads(call("new", tmp_path / "q", *place, "--json").stdout)
    assert form["files"] == sorted(texts(tmp_path / "q"))
    assert form["steps"][0] == f"shiftledger check {tmp_path / 'q'}"
    assert {issue["code"] for issue in form["issues"]} == {"P060"}
