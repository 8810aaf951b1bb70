"""Shifts that are left out of the ranking: for what, by whom, until when; and acts that are taken back (E5, R5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import shiftledger as sl
import two_tanks as w
from engine import tampering as t
from shiftledger.api import PlantView
from shiftledger.core.period import MINUTE, iso
from shiftledger.engine import local
from shiftledger.ledger import results
from shiftledger.render.statement_text import statement_text

DISPATCHER = ("dispatcher, post 1", "dispatch")
START = 1_774_959_000_000_000  # 2026-03-31T14:10:00+02:00
OUTAGE = {"area": "filter", "kind": "outage", "start": "2026-03-31T14:10:00+02:00", "reason": "works power lost"}
GIVEN = {"area": "filter", "shift": w.SHIFT, "event": "0", "reason": "works power lost"}


def made(folder: Path, *, settings: str = "", event: dict[str, str] | None = None, told: int = 5) -> PlantView:
    """Readings, people, and an event that was written down so many minutes after it began; nothing is closed."""
    target = w.copy(folder)
    (target / "plant.toml").write_text((target / "plant.toml").read_text("utf-8") + settings, "utf-8")
    (target / "posts.csv").write_text("area,post\nfilter,panel operator\nmill,panel operator\nmill,miller\n", "utf-8")
    (target / "members.csv").write_text("person,area,crew,post\nF7,filter,A,panel operator\nM3,mill,A,panel operator\n", "utf-8")
    plant = sl.open(target)
    w.load(plant, *w.BASE, w.MOISTURE)
    assert sl.act(plant, "event", *DISPATCHER, event or OUTAGE, made_at=START + told * MINUTE).ok
    return plant


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """Never change it."""
    return made(tmp_path_factory.mktemp("left-out"))


@pytest.fixture
def plant(books: PlantView, tmp_path: Path) -> PlantView:
    return t.again(books, tmp_path)


def tried(plant: PlantView, who: tuple[str, str] = DISPATCHER, kind: str = "exclude", **body: str) -> list[str]:
    """What is said against it; nothing if it was recorded."""
    before = t.rows(plant, "SELECT count(*) FROM acts")
    found = sl.act(plant, kind, *who, body if kind == "lift" else GIVEN | body)
    assert (t.rows(plant, "SELECT count(*) FROM acts") == before) == (not found.ok)
    return [issue.message for issue in found.issues]


def shown(plant: PlantView, lang: str = "en") -> list[str]:
    """The marks under the head of the filter's statement."""
    text = statement_text(sl.statement(plant, w.SHIFT, "filter"), lang)
    return [line for line in text.splitlines() if line.startswith(("! ", "  for event"))]


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


# Before publication.


def test_e5_a_shift_is_left_out_says_so_and_takes_no_money(plant: PlantView, tmp_path: Path) -> None:
    assert tried(plant) == []
    w.reclose(plant)
    view = sl.statement(plant, w.SHIFT)
    told = "left out of the ranking: works power lost; decided by dispatcher, post 1\n  (dispatch), act 1, for event 0"
    assert f"! {told}" in statement_text(view, "en")
    assert "不计入评比：works power lost" in statement_text(view, "zh")
    assert "left out of the ranking" in sl.statement(plant, w.SHIFT, lang="en")._repr_html_()
    assert [(one["area"], one["shift"], one["act"]) for one in json.loads(json.dumps(view.to_json()))["left_out"]] == [
        ("filter", w.SHIFT, 1)
    ]
    view.to_excel(tmp_path / "shift.xlsx", lang="en")
    cells = [cell for sheet in sheets(tmp_path / "shift.xlsx").values() for row in sheet for cell in row]
    assert len([cell for cell in cells if "left out of the ranking: works power lost" in str(cell)]) == 1
    assert (w.statement(plant, "mill").value, w.statement(plant, "filter").value) == (764_000, 305_000)
    assert shown(plant), "of the filter"
    assert "left out" not in statement_text(sl.statement(plant, w.SHIFT, "mill"), "en")
    assert "left out" not in statement_text(sl.statement(plant, w.NEXT, "filter"), "en")
    assert t.findings(plant) == []


def test_e5_it_is_an_input_of_the_close(plant: PlantView) -> None:
    def inputs() -> list[tuple[object, ...]]:
        return t.rows(plant, "SELECT input_hash, result_hash FROM seals WHERE day = '2026-03-31' ORDER BY seq")

    assert tried(plant) == []
    w.reclose(plant)
    assert tried(plant, kind="lift", act="1", reason="the wrong shift") == []
    assert shown(plant), "the seal knew of it"
    w.reclose(plant)
    (first, then), (second, now) = inputs()
    assert (first != second, then == now) == (True, True)
    assert shown(plant) == []
    assert len(t.rows(plant, "SELECT seq FROM seals WHERE day = '2026-04-01'")) == 1, "of that day and of no other"


def test_e5_after_publication_no_shift_is_left_out(plant: PlantView) -> None:
    w.reclose(plant, w.DAY, w.DAY)
    assert tried(plant) == [f"{w.DAY} was published already, by seal 0"]


def test_e5_a_close_that_knew_nothing_of_it_publishes_nothing(plant: PlantView, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(*args: object, **named: object) -> None:
        results.write_results(*args, **named)  # type: ignore[arg-type]
        assert tried(plant) == []

    with monkeypatch.context() as patched:
        patched.setattr(local, "write_results", overtaken)
        assert [i.code for i in sl.close(plant, w.DAY, w.DAY).issues if i.severity == "error"] == ["L011"]
    w.reclose(plant)
    assert shown(plant)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (-60, []),
        (30, []),
        (31, ["event 0 was written down 31 minutes after it began; 30 are allowed"]),
    ],
)
def test_e5_the_event_was_written_down_within_half_an_hour(tmp_path: Path, told: int, expected: list[str]) -> None:
    assert tried(made(tmp_path, told=told)) == expected


def test_e5_of_what_was_typed_in_only_the_act_s_own_time_counts(tmp_path: Path) -> None:
    backdated = OUTAGE | {"recorded_at": iso(START)}
    assert tried(made(tmp_path, event=backdated, told=600)) == [
        "event 0 was written down 600 minutes after it began; 30 are allowed"
    ]


def test_e5_a_logbook_says_when_somebody_wrote(tmp_path: Path) -> None:
    plant = made(tmp_path)
    log = plant.folder / "readings" / "log.csv"
    rows = ("2026-03-31T15:00:00+02:00,2026-03-31T15:20:00+02:00", "2026-03-31T16:00:00+02:00,2026-03-31T17:00:00+02:00")
    sources = plant.folder / "sources.toml"
    sources.write_text(sources.read_text("utf-8") + '\n[source.log]\nmatch = "readings/log.csv"\nlayout = "events"\n', "utf-8")
    plant = sl.open(plant.folder)
    log.write_text("start,recorded_at,area,kind,reason\n" + "".join(f"{row},filter,outage,power\n" for row in rows), "utf-8")
    w.load(plant, "readings/log.csv")
    assert tried(plant, event="2") == ["event 2 was written down 60 minutes after it began; 30 are allowed"]
    assert tried(plant, event="1") == []


# What, where, by whom.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"area": "filtr"}, ['there is no area "filtr" in this plant']),
        ({"area": "mill"}, ["event 0 happened to filter, not in mill"]),
        ({"shift": "2026-03-31.D"}, ["event 0 did not happen in 2026-03-31.D"]),
        ({"shift": "2026-03-31.X"}, ['"2026-03-31.X": the plant has no slot "X"']),
        ({"shift": "2026-02-30.E"}, ['"2026-02-30.E": 2026-02-30 is not a day of the calendar']),
        ({"shift": "\x1b[2J" * 9_000}, ['"' + ("\x1b[2J" * 9_000)[:60] + '" is not a shift']),
        ({"event": "7"}, ["act 7 is no event that stands"]),
        ({"event": "x"}, ["'x' is not the number of an act"]),
        ({"reason": ""}, ['the act "exclude" needs reason']),
        ({"reason": "a\nb"}, ["reason holds a character that cannot be printed"]),
        ({"reason": "long " * 200}, ["reason is longer than 500 characters"]),
    ],
)
def test_e5_what_no_shift_is_left_out_for(books: PlantView, body: dict[str, str], expected: list[str]) -> None:
    assert tried(books, **body) == expected


@pytest.mark.parametrize(
    ("who", "role", "expected"),
    [
        ("F7", "shift lead", "F7 is in crew filter/A (members.csv:2)"),
        ("post 4, f7", "dispatch", "F7 is in crew filter/A (members.csv:2)"),
        ("post 4", "panel operator", '"panel operator" is one of its posts (posts.csv:2)'),
        ("head of the filter", "dispatch", '"head of the filter" names it'),
        ("post 4", "过滤班长", '"过滤班长" names it'),
        ("M3", "panel operator", ""),
        ("miller, post 2", "miller", ""),
    ],
)
def test_e5_somebody_outside_the_area_decides(books: PlantView, tmp_path: Path, who: str, role: str, expected: str) -> None:
    plant = t.again(books, tmp_path)
    found = tried(plant, (who, role))
    assert found == ([f"who decides belongs to filter: {expected}"] if expected else [])


def test_e5_only_the_roles_that_plant_toml_names_decide(tmp_path: Path) -> None:
    plant = made(tmp_path, settings='exclusion_deciders = ["control centre"]\n')
    assert tried(plant) == ['the role "dispatch" leaves no shift out in this plant']
    assert tried(plant, ("control centre, post 1", "control centre")) == []


def test_e5_one_shift_is_left_out_once(plant: PlantView) -> None:
    assert tried(plant) == []
    assert tried(plant) == [f"filter in {w.SHIFT} is left out already, by act 1"]


# Taken back.


def test_e5_without_its_event_an_exclusion_stands_no_longer(plant: PlantView) -> None:
    assert tried(plant) == []
    ended = OUTAGE | {"end": "2026-03-31T15:00:00+02:00"}
    assert sl.act(plant, "event", *DISPATCHER, ended, made_at=START + 60 * MINUTE).ok
    w.reclose(plant)
    assert shown(plant), "the outage is over, and it was the same one"
    assert sl.act(plant, "withdraw", *DISPATCHER, {"event": "2"}).ok
    w.reclose(plant)
    assert shown(plant) == []
    found = sl.decided(plant).acts
    assert found is not None
    told = {line.act.kind: (line.about, line.standing) for line in found.acts}
    assert told["exclude"] == (f"filter {w.SHIFT}", "over")


def test_e5_who_may_lift_an_exclusion_and_until_when(plant: PlantView) -> None:
    assert tried(plant) == []
    why = {"act": "1", "reason": "it was the mill"}
    assert tried(plant, ("F7", "operator"), "lift", **why) == [
        "who decides belongs to filter: F7 is in crew filter/A (members.csv:2)"
    ]
    w.reclose(plant)
    w.settle(plant)
    assert tried(plant, kind="lift", **why) == [f"the month of {w.DAY} is settled"]
    assert shown(plant)


@pytest.mark.parametrize("number", ["0", "9", "-1"])
def test_r5_what_cannot_be_lifted(books: PlantView, number: str) -> None:
    (message,) = tried(books, kind="lift", act=number, reason="no")
    assert message in (f"act {number} is no suspect or exclusion that stands", "'-1' is not the number of an act")


def test_r5_a_lifted_suspect_gives_its_readings_back(tmp_path: Path) -> None:
    plant = w.opened(tmp_path)
    value = w.statement(plant, "filter").value
    t.act(plant, "suspect", tag="FT-STEAM", start="2026-03-31T18:00:00+02:00", end="2026-03-31T22:00:00+02:00")
    w.reclose(plant)
    assert w.statement(plant, "filter").value != value
    t.act(plant, "lift", act="0", reason="the calibration was right")
    w.reclose(plant)
    assert w.statement(plant, "filter").value == value
    assert tried(plant, kind="lift", act="0", reason="again") == ["act 0 is no suspect or exclusion that stands"]
    assert t.findings(plant) == []
