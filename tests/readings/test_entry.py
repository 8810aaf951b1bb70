"""R3: what a person enters for a shift, where it stands, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from readings.small import at, batch
from shiftledger.acts.state import State, connect
from shiftledger.core.period import HOUR
from shiftledger.plant.model import Area, Meter, Plant, Rotation, Settings, Slot, Unit
from shiftledger.readings import lake
from shiftledger.readings.batch import BAD, BELOW
from shiftledger.readings.entry import enter, missing
from shiftledger.readings.integrity import verify_batches
from shiftledger.readings.lots import companions, lots_of
from shiftledger.readings.quality import resolve

NOW = at("2026-03-05 12:00")
SHIFT = "2026-03-04.N"  # 22:00 to 06:00 in Berlin
START, END = at("2026-03-04 21:00"), at("2026-03-05 05:00")
FOREVER = 1 << 60
METERS = (
    Meter("DIP", "level", "t"),
    Meter("REGISTER", "counter", "kWh"),
    Meter("ASH", "lab", "%"),
    Meter("VALVE", "state", codes=(("closed", Decimal(0)), ("open", Decimal(1)))),
    Meter("MASS", "interval", "t", length=8 * HOUR),
    Meter("QUARTER", "interval", "t", length=HOUR // 4),
    Meter("FLOW", "rate", "t/h"),
    Meter("OLD", "level", "t", valid_to=date(2026, 1, 1)),
)
SLOTS = (Slot("D", time(6)), Slot("E", time(14)), Slot("N", time(22)))


def plant(*meters: Meter) -> Plant:
    rotation = Rotation("r", SLOTS, "DEN", date(2026, 1, 1), (("A", 0), ("B", 1), ("C", 2)))
    return Plant(
        Settings("p", "EUR", "Europe/Berlin", time(6)),
        areas={"a": Area("a", "r")},
        units={"u": Unit("u", "a")},
        rotations={"r": rotation},
        meters=meters or METERS,
    )


@pytest.fixture
def state(tmp_path: Path) -> State:
    return connect(tmp_path / "state")


def tell(state: State, values: dict[str, str], *, now: int = NOW, of: Plant | None = None, **how: str) -> list[tuple[str, str]]:
    shift = how.pop("shift", SHIFT)
    done = enter(of or plant(), state, shift, values, who=how.pop("who", "clerk, post 3"), known_at=now, **how)  # type: ignore[arg-type]
    return [(issue.code, issue.message) for issue in done.issues]


def seen(state: State, tag: str) -> list[tuple[int, float, int]]:
    series = resolve(lake.read(state, [tag], -FOREVER, FOREVER, FOREVER))[tag]
    return list(zip(series.ts.tolist(), series.value.tolist(), series.quality.tolist(), strict=True))


def test_r3_levels_and_counters_stand_at_the_end_results_and_states_at_the_start_amounts_over_the_shift(state: State) -> None:
    values = {"DIP": "57.5", "REGISTER": "1200", "ASH": "9.25", "VALVE": "open", "MASS": "80"}
    assert tell(state, values) == []
    assert [seen(state, tag) for tag in values] == [
        [(END, 57.5, 0)], [(END, 1200.0, 0)], [(START, 9.25, 0)], [(START, 1.0, 0)], [(END, 80.0, 0)],
    ]  # fmt: skip
    (record,) = lake.batch_records(state)
    assert record.source == "entered by clerk, post 3 at 2026-03-05T12:00:00Z for 2026-03-04.N"
    assert (record.known_at, verify_batches(state)) == (NOW, ())


def test_r2_entering_again_corrects_also_back_to_what_was_said_first(state: State) -> None:
    for minute, value in enumerate(("57", "58", "57")):
        assert tell(state, {"DIP": value}, now=NOW + minute) == []
        assert seen(state, "DIP")[0][1] == float(value)
    assert len(lake.batch_records(state)) == 3
    assert tell(state, {"DIP": "57"}, now=NOW + 9) == []
    assert len(lake.batch_records(state)) == 3  # nothing new was said


def test_r2_an_entry_beats_a_revision_that_a_source_declared(state: State) -> None:
    lake.append(state, batch([("DIP", END, 50.0, 0, 1_700_000_000_000_000)]), NOW)
    assert tell(state, {"DIP": "51"}) == []
    assert seen(state, "DIP") == [(END, 51.0, 0)]


def test_r3_quality_and_note_go_with_the_entry(state: State) -> None:
    assert tell(state, {"DIP": "57"}, quality="uncertain", note="ladder\nwas icy") == []
    assert seen(state, "DIP") == [(END, 57.0, 1)]
    assert lake.batch_records(state)[0].source.endswith(": ladder was icy")
    assert tell(state, {"DIP": ""}, quality="bad") == []
    assert seen(state, "DIP")[0][2] == BAD


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        ({"DIPP": "1"}, "R060", 'there is no meter "DIPP"'),
        ({"OLD": "1"}, "R060", "does not hold on 2026-03-04"),
        ({"FLOW": "1"}, "R060", "of kind rate is not told once a shift"),
        ({"QUARTER": "1"}, "R060", "counts 0.25 h, shift 2026-03-04.N lasts 8 h"),
        ({"DIP": "57,5"}, "R061", "has a decimal comma"),
        ({"DIP": "57 t"}, "R061", "is not a number"),
        ({"DIP": ""}, "R061", "is not a number"),
        ({"DIP": "nan"}, "R061", "is not a number"),
        ({"DIP": "1e16"}, "R061", "is not a number"),
        ({"VALVE": "opened"}, "R061", "is not one of its codes"),
        ({"VALVE": "7"}, "R061", "is not one of its codes"),
        ({}, "R062", "nothing was entered"),
    ],
)
def test_r3_what_is_no_entry_is_refused_and_nothing_is_loaded(state: State, values: dict[str, str], code: str, said: str) -> None:
    issues = tell(state, {**values, **({"ASH": "9"} if values else {})})
    assert [found for found, _ in issues] == [code]
    assert said in issues[0][1]
    assert lake.batch_records(state) == ()


def test_r3_an_entry_says_who_for_a_shift_that_has_begun_and_of_which_quality(state: State) -> None:
    assert [code for code, _ in tell(state, {"DIP": "1"}, who=" ")] == ["R062"]
    assert [code for code, _ in tell(state, {"DIP": "1"}, quality="godo")] == ["R062"]
    assert [code for code, _ in tell(state, {"DIP": "1"}, now=START - 1)] == ["R062"]
    assert tell(state, {"DIP": "1"}, shift="2026-03-04.X")[0][0] == "P061"
    assert tell(state, {"DIP": "1"}, now=START) == []


def test_r3_all_mistakes_come_at_once(state: State) -> None:
    issues = tell(state, {"DIPP": "1", "DIP": "1,5", "ASH": "x"}, who="")
    assert sorted(code for code, _ in issues) == ["R060", "R061", "R061", "R062"]


def test_r3_the_number_of_a_code_is_its_text(state: State) -> None:
    assert tell(state, {"VALVE": "1"}) == []
    assert seen(state, "VALVE") == [(START, 1.0, 0)]


def test_t2_an_amount_of_a_shift_of_another_length_is_refused(state: State) -> None:
    issues = tell(state, {"MASS": "70"}, shift="2026-03-28.N", now=at("2026-03-30 00:00"))  # the clocks go forward: 7 h
    assert [(code, "lasts 7 h" in text) for code, text in issues] == [("R060", True)]


def test_r3_limits_of_a_meter_hold_for_entries_too(state: State) -> None:
    limited = plant(replace(METERS[0], low=Decimal(0), high=Decimal(100)))
    assert [code for code, _ in tell(state, {"DIP": "101"}, of=limited)] == ["R061"]
    assert [code for code, _ in tell(state, {"DIP": "-1"}, of=limited)] == ["R061"]
    assert tell(state, {"DIP": "100"}, of=limited) == []


def test_r3_asked_is_what_is_told_once_a_shift_and_not_known(state: State) -> None:
    def lacking(of: State | None) -> list[str]:
        return [one.tag for one in missing(plant(), of, SHIFT).result]

    assert lacking(None) == lacking(state) == ["ASH", "DIP", "MASS", "REGISTER", "VALVE"]
    tell(state, {"DIP": "57", "ASH": "9", "MASS": "8"})
    lake.append(state, batch([("VALVE", START - 1, 1.0), ("VALVE", END, 1.0), ("REGISTER", END - HOUR, 1.0)]), NOW)
    assert lacking(state) == ["REGISTER", "VALVE"]  # the shift before and after have theirs, this one has not
    lake.append(state, batch([("VALVE", END - 1, 1.0), ("REGISTER", END + HOUR // 2, 1.0)]), NOW)
    assert lacking(state) == []
    tell(state, {"DIP": ""}, quality="bad", now=NOW + 1)
    assert lacking(state) == ["DIP"]
    assert [issue.code for issue in missing(plant(), state, "2026-03-04.Q").issues] == ["P061"]


def test_r1_an_amount_is_one_lot_over_the_shift_and_entering_it_again_corrects_it(state: State) -> None:
    of = plant(Meter("COILS", "lot", "t", stream="s"))
    assert [one.tag for one in missing(of, state, SHIFT).result] == ["COILS"]
    for minute, mass in enumerate(("80", "81.5")):
        assert tell(state, {"COILS": mass}, of=of, now=NOW + minute) == []
    rows = lake.read(state, ["COILS", *companions("COILS")], -FOREVER, FOREVER, FOREVER)
    (lot,) = (known := lots_of("COILS", resolve(rows))).start.tolist()
    assert (lot, known.end.tolist(), known.value.tolist()) == (START, [END], [81.5])
    assert START < known.ts.tolist()[0] < END
    assert missing(of, state, SHIFT).result == ()
    assert [code for code, _ in tell(state, {"BILL": "1"}, of=plant(Meter("BILL", "booking", "t", stream="s")))] == ["R060"]
    short = plant(Meter("COILS", "lot", "t", stream="s", length=HOUR))
    assert [code for code, _ in tell(state, {"COILS": "1"}, of=short)] == ["R060"]


def test_r1_a_laboratory_result_below_its_limit_is_half_of_it_and_says_so(state: State) -> None:
    assert tell(state, {"ASH": "< 0.5"}) == []
    assert seen(state, "ASH") == [(START, 0.25, BELOW)]
    for text in ("<0", "<-1", "<x", ">20", "<0,5"):
        assert [code for code, _ in tell(state, {"ASH": text})] == ["R061"], text
    assert [code for code, _ in tell(state, {"DIP": "<5"})] == ["R061"]  # only a laboratory has limits
    assert [code for code, _ in tell(state, {"ASH": "<0.5"}, of=plant(Meter("ASH", "lab", "%", low=Decimal(1))))] == ["R061"]
