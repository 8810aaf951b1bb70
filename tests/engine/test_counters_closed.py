"""Counters from file to statement: what a shift gets, what is told, and that the order of knowledge does not matter (Q2, L6, I1, I7)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest

import shiftledger as sl
from engine import counters_plant as c
from engine.tampering import findings
from shiftledger.acts.state import connect
from shiftledger.api import PlantView
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.results import DayResult, read_days
from shiftledger.quantities.decisions import KINDS
from shiftledger.render.decision_text import explained_text

SHIFTS = ("2026-03-04.D", "2026-03-04.E", "2026-03-04.N")
SOON = "2026-03-07T12:00:00+08:00"


def closed(folder: Path, found: list[c.Row] | None = None) -> PlantView:
    plant = c.made(folder)
    c.load(plant, "all.csv", c.rows() if found is None else found, SOON)
    done = sl.close(plant, "2026-03-04", "2026-03-05")
    assert done.ok, done.issues
    return plant


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    return closed(tmp_path_factory.mktemp("counters"))


def day_of(plant: PlantView, day: str = "2026-03-04") -> DayResult:
    state = connect(plant.state_folder, create=False)
    label = date.fromisoformat(day)
    seal = last_seal_of(state, label)
    assert seal is not None
    found = read_days(state, {label: seal.close_id})[label]
    state.engine.dispose()
    assert found.hash == seal.result_hash
    return found


def posted(plant: PlantView, day: str = "2026-03-04") -> dict[tuple[str, str], float]:
    """kWh by shift and stream, true-ups included."""
    sums: dict[tuple[str, str], int] = {}
    found = day_of(plant, day)
    for q in found.quantities:
        if q[1] == "stream":
            sums[q[0], q[2]] = q[3]
    return {key: quanta / 10 for key, quanta in sums.items()}


def test_q2_every_shift_gets_what_flowed_whatever_its_register_did(books: PlantView) -> None:
    expected = {(shift, stream): 384.0 for shift in SHIFTS for stream in c.STREAMS}
    expected[SHIFTS[0], "reset"] = 384.0 - 5.6  # 10:00 to 10:07 was counted by nobody
    assert posted(books) == expected


def test_q2_i1_days_sum_to_last_minus_first(books: PlantView) -> None:
    whole = {
        stream: sum(kwh for day in ("2026-03-04", "2026-03-05") for (_, s), kwh in posted(books, day).items() if s == stream)
        for stream in c.STREAMS
    }
    shown = {(tag, at[:16]): value for at, tag, value in c.rows()}
    first, last = "2026-03-04T06:00", "2026-03-06T06:00"
    for stream in ("blip", "spike", "gap"):
        assert whole[stream] == shown[stream.upper(), last] - shown[stream.upper(), first]
    assert whole["over"] == shown["OVER", last] - shown["OVER", first] + 3000 - 1000  # 2304 kWh: twice round
    assert whole["change"] == (90_216 - shown["OLD", first]) + (shown["NEW", last] - 7)


def test_q2_r4_every_judgement_is_kept_with_the_readings_that_caused_it(books: PlantView) -> None:
    view = sl.explain(books, "decisions/2026-03-04.D/melt")
    assert view.ok, view.issues
    told = {(one.decision.about, one.decision.kind): one.decision for one in view.decisions}
    assert set(told) == {
        ("BLIP", "blip"),
        ("RESET", "reset"),
        ("OLD -> NEW", "meter-change"),
        ("SPIKE", "disqualified"),
        ("GAP", "bridged"),
    }
    blip = told["BLIP", "blip"]
    assert [one.value for one in blip.evidence] == [53_700.0 + 32.25 * 48, 0.0, 0.0, 0.0, 0.0, 0.0, 53_700.0 + 33.75 * 48]
    assert blip.amount == pytest.approx(36.0)  # of 72 kWh the 45 minutes before 14:00
    file = (books.folder / "readings" / "all.csv").read_text("utf-8").splitlines()
    assert all(f",BLIP,{one.value!r}" in file[one.row - 1] for one in blip.evidence)
    assert told["GAP", "bridged"].amount == pytest.approx(96.0)  # two of four hours
    assert told["RESET", "reset"].amount == pytest.approx(6.4)
    assert {one.decision.clause for one in view.decisions} == {"Q2"}
    night = sl.explain(books, "decisions/2026-03-04.N")  # 800 + 48 a hour from 05:00 of the day before: full at 02:50
    assert [one.decision.kind for one in night.decisions if one.decision.about == "OVER"] == ["rollover"]


def test_q2_a_change_of_meters_under_one_tag_needs_no_word_if_it_is_declared(tmp_path: Path) -> None:
    """As OLD and NEW, but both are called OLD. Without the second row the same readings are a fall that somebody has to look at."""
    plant = c.made(tmp_path)
    declared = c.METERS.replace("NEW,", "OLD,")
    undeclared = declared.replace("OLD,counter,change,kWh,0.01,0.1,,,2026-03-04,,10:30,7,\n", "").replace(
        "2026-03-04,,,90216", ",,,"
    )
    assert undeclared.count("OLD") == 1
    found = [(at, "OLD" if tag == "NEW" else tag, value) for at, tag, value in c.rows()]
    c.load(plant, "all.csv", found, SOON)
    for text, codes in ((declared, set()), (undeclared, {"Q002", "Q026"})):
        (plant.folder / "meters.csv").write_text(text, "utf-8")
        done = sl.close(sl.open(plant.folder), "2026-03-04", "2026-03-04")
        assert {issue.code for issue in done.issues if "OLD" in issue.message} == codes
        if not codes:
            assert posted(plant)[SHIFTS[0], "change"] == 384.0


def test_q7_i7_a_judgement_in_several_parts_of_a_shift_is_told_once_with_all_that_it_booked(
    books: PlantView, tmp_path: Path
) -> None:
    """A second area relieves at 12:30, in the silence of GAP: the first shift is then made of two parts, and its figures stay."""
    plant = c.made(tmp_path)
    (plant.folder / "areas.toml").write_text('[area.melt]\nrotation = "r"\n[area.roll]\nrotation = "two"\n', "utf-8")
    (plant.folder / "units.toml").write_text('[unit.U1]\narea = "melt"\n[unit.U2]\narea = "roll"\n', "utf-8")
    two = '[rotation.two]\npattern = "XY"\nanchor = 2026-03-01\ncrews = {A = 0, B = 1}\n'
    two += 'slots = [{id = "X", start = 06:00:00}, {id = "Y", start = 12:30:00}]\n'
    (plant.folder / "rotations.toml").write_text(c.TEXT["rotations.toml"] + two, "utf-8")
    plant = sl.open(plant.folder)
    c.load(plant, "all.csv", c.rows(), SOON)
    assert sl.close(plant, "2026-03-04", "2026-03-04").ok
    told = {one.decision.about: one for one in sl.explain(plant, "decisions/2026-03-04.D/melt").decisions}
    assert told["GAP"].decision.amount == pytest.approx(96.0)  # 24 until 12:30, 72 until 14:00
    assert told["GAP"].figures == ("stream gap",)
    whole = {one.decision.about: one.decision for one in sl.explain(books, "decisions/2026-03-04.D/melt").decisions}
    assert {about: one.decision.amount for about, one in told.items()} == {
        about: pytest.approx(one.amount) if one.amount is not None else None for about, one in whole.items()
    }


def test_i7_a_figure_opens_to_its_decisions_and_evaluates_exactly(books: PlantView) -> None:
    view = sl.explain(books, "quantities/2026-03-04.D/change")
    assert view.node is not None
    assert evaluate(view.node, OPERATIONS) == view.node.value == 3840
    assert [one.figures for one in view.decisions] == [("stream change",)]
    money = sl.explain(books, "ledger/2026-03-04.D/melt/power")
    assert {one.decision.about for one in money.decisions} == {"BLIP", "RESET", "OLD -> NEW", "SPIKE", "GAP"}


def test_i7_decisions_read_in_both_languages_and_as_json(books: PlantView) -> None:
    view = sl.explain(books, "decisions/2026-03-04.D")
    text = explained_text(view, "en", zone="Asia/Shanghai")
    assert "Decisions about readings: 5" in text
    assert "2026-03-04 13:15:00 – 14:45:00  BLIP: lost and came back" in text
    assert "booked 36 kWh · clause Q2 · stream blip · meters.csv:2" in text
    assert "2026-03-04 13:30:00  0.0  " in text
    assert "all.csv:" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "对读数的判断：5 项" in explained_text(view, "zh", zone="Asia/Shanghai")
    form = json.loads(json.dumps(view.to_json(), allow_nan=False))
    assert form["decisions"][0]["decision"]["evidence"][0]["value"] is not None
    none = sl.explain(books, "decisions/2026-03-05.N")
    assert none.ok
    assert explained_text(none, "en").startswith("Decisions about readings: 1")  # the register that rolled over
    for wrong in ("decisions/2026-03-04.X", "decisions/2026-03-04.D/mill", "decisions"):
        assert [issue.code for issue in sl.explain(books, wrong).issues] == ["L014"]


def test_r4_the_statement_says_how_many_decisions_there_are(books: PlantView) -> None:
    from shiftledger.render.statement_text import statement_text

    view = sl.statement(books, "2026-03-04.D", "melt")
    assert dict(view.decisions) == {"melt": 5}
    assert "explain PLANT decisions/2026-03-04.D/melt" in statement_text(view, "en")  # type: ignore[arg-type]


def test_l7_decisions_are_sealed_and_verified(books: PlantView) -> None:
    assert findings(books) == []
    kinds = {row[3] for row in day_of(books).decisions}
    assert kinds <= set(KINDS)
    assert {"blip", "reset", "rollover", "disqualified", "meter-change", "bridged"} <= kinds


def test_i5_order_and_repetition_of_rows_change_nothing(books: PlantView, tmp_path: Path) -> None:
    rows = c.rows()
    again = [*rows, *Random(7).sample(rows, 200)]
    Random(8).shuffle(again)
    assert day_of(closed(tmp_path, again)).hash == day_of(books).hash


def test_q2_l6_a_blip_over_the_end_of_the_day_is_open_until_its_recovery_and_then_trued_up(
    books: PlantView, tmp_path: Path
) -> None:
    plant = c.made(tmp_path)
    c.load(plant, "first.csv", c.rows(end=c.moment(5, 6)), "2026-03-05T06:10:00+08:00")
    done = sl.close(plant, "2026-03-04", "2026-03-04")
    assert "Q025" in {issue.code for issue in done.issues}
    night = ("2026-03-04.N", "blip")
    assert posted(plant)[night] == 384.0 - 36.0  # 05:15 to 06:00 is open
    c.load(plant, "second.csv", c.rows(start=c.moment(5, 6, 15)), "2026-03-05T14:00:00+08:00")
    done = sl.close(plant, "2026-03-04", "2026-03-05")
    assert done.ok, done.issues
    assert (posted(plant), posted(plant, "2026-03-05")) == (posted(books), posted(books, "2026-03-05"))
    trueups = [row for row in day_of(plant).postings if row.kind == "trueup"]
    assert [(row.shift, row.qty, row.amount) for row in trueups] == [("2026-03-04.N", 360, 1800)]  # 36.0 kWh, 18.00
    statements = [{s.shift: s.value for s in day_of(one).statements} for one in (plant, books)]
    assert statements[0] == statements[1]
    assert findings(plant) == []


def test_l7_what_a_quiet_counter_shows_later_leaves_the_day_as_it_is(tmp_path: Path) -> None:
    plant = c.made(tmp_path)
    quiet = [row for row in c.rows() if row[1] in ("SPIKE", "RESET")]  # on 2026-03-06 nothing happens to these two
    c.load(plant, "first.csv", [row for row in quiet if row[0] < "2026-03-07T06:30"], "2026-03-07T06:40:00+08:00")
    assert sl.close(plant, "2026-03-06", "2026-03-06").ok
    c.load(plant, "second.csv", [row for row in quiet if row[0] >= "2026-03-07T06:30"], "2026-03-07T08:10:00+08:00")
    done = sl.close(plant, "2026-03-06", "2026-03-06")
    assert done.report is not None
    assert [day.outcome for day in done.report.days] == ["unchanged"]


def test_l7_a_change_of_the_meter_declared_later_seals_only_the_days_that_can_notice_it_again(tmp_path: Path) -> None:
    plant = closed(tmp_path)
    meters = plant.folder / "meters.csv"
    text = meters.read_text("utf-8")
    ended = text.replace("GAP,counter,gap,kWh,0.01,0.1,,,,,,,", "GAP,counter,gap,kWh,0.01,0.1,,,,2026-03-06,,,")
    meters.write_text(ended + "GAP2,counter,gap,kWh,0.01,0.1,,,2026-03-06,,10:00,0,\n", "utf-8")
    done = sl.close(sl.open(plant.folder), "2026-03-04", "2026-03-05")
    assert done.report is not None
    # the 6th begins a day after the 5th, and counters look a day ahead: 10:00 lies within it of the 5th, not of the 4th
    assert [(str(day.day), day.outcome) for day in done.report.days] == [("2026-03-04", "unchanged"), ("2026-03-05", "sealed")]


def test_r5_a_suspect_shows_with_its_act(tmp_path: Path) -> None:
    plant = c.made(tmp_path)
    c.load(plant, "all.csv", c.rows(), SOON)
    body = {"tag": "OVER", "start": "2026-03-04T07:00:00+08:00", "end": "2026-03-04T07:40:00+08:00"}
    assert sl.act(plant, "suspect", "meter engineer, post 2", "metering", body, "work order 77").ok
    assert sl.close(plant, "2026-03-04", "2026-03-04").ok
    view = sl.explain(plant, "decisions/2026-03-04.D")
    (told,) = [one for one in view.decisions if one.decision.kind == "bad"]
    assert (told.decision.about, told.decision.readings, [one.value for one in told.decision.evidence]) == ("OVER", 3, [None] * 3)
    assert [act.evidence for act in told.acts] == ["work order 77"]
    text = explained_text(view, "en", zone="Asia/Shanghai")
    assert "act 0: meter engineer, post 2 (metering)" in text
    assert "work order 77" in text
    assert posted(plant)["2026-03-04.D", "over"] == 384.0  # the register went on
