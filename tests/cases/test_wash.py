"""Washing, fouling and the age of a cloth: events that set a state back, worked by hand; and revaluations of one day (L3, L6, I3)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import one_day as o
import shiftledger as sl
from engine import tampering as t
from shiftledger.api.stores import stored_state
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.ledger.book import last_seal_of
from shiftledger.ledger.posting import Posting
from shiftledger.ledger.results import read_postings

# Fouling costs 100,000.00 a unit, a cloth 200.00 an hour of its age. A wash leaves fouling at 0.05, a new cloth is 0 h old.
EVAPORATOR = {
    "plant.toml": o.FRAME["plant.toml"] + "month_start = 3\n",  # so that an accounting month ends with 2026-05-02
    "areas.toml": '[area.evaporation]\nrotation = "two"\n',
    "units.toml": '[unit.E1]\narea = "evaporation"\n',
    "materials.toml": '[material.steam]\nunit = "t"\n',
    "streams.toml": '[stream.steam-in]\nfrom = "outside"\nto = "E1"\nmaterial = "steam"\n',
    "states.toml": """[state.fouling]
area = "evaporation"
opening = 0.30
opening_day = 2026-05-01
reset_by = "wash"
reset_to = 0.05

[state.cloth]
area = "evaporation"
opening = 100
opening_day = 2026-05-01
reset_by = "cloth"
reset_to = 0
""",
    "potentials.csv": "state,worth\nfouling,-100000\ncloth,-200\n",
    "meters.csv": """tag,kind,stream,state,unit,quantum,max_gap
STEAM,rate,steam-in,,t/h,,12h
FOULING,state,,fouling,,0.01,
CLOTH,state,,cloth,h,1,
""",
    "prices/planned.csv": "material,price\nsteam,150\n",
}
STEAM = o.tonnes(STEAM=(60, 70, 0, 0))
CLOTH = "2026-05-01T18:00:00Z,CLOTH,112\n2026-05-02T06:00:00Z,CLOTH,124\n"
EVENING = "2026-05-01T17:00:00Z,FOULING,0.33\n2026-05-01T18:25:00Z,FOULING,0.06\n2026-05-02T06:00:00Z,FOULING,0.07\n"


def event(plant: o.PlantView, kind: str, start: str, end: str, day: str = o.DAY) -> None:
    body = {"unit": "E1", "kind": kind, "start": f"{day}T{start}:00+00:00", "end": f"{day}T{end}:00+00:00"}
    done = sl.act(plant, "event", "shift leader, post 3", "leader", body, "log book, page 7")
    assert done.ok, done.issues


def rows(plant: o.PlantView, day: str = o.DAY) -> tuple[Posting, ...]:
    label = date.fromisoformat(day)
    with stored_state(plant, create=False) as stored:
        seal = last_seal_of(stored, label)
        assert seal is not None
        return read_postings(stored, {label: seal.close_id})[label]


def of_state(plant: o.PlantView, state: str) -> list[int]:
    """What the state changed by in D and in N."""
    return [o.steps(o.statement(plant, "evaporation", shift)).get(f"state {state}", 0) for shift in (o.D, o.N)] or [
        *(p.amount for p in rows(plant) if p.kind == "state" and p.what == state)
    ]


def values(plant: o.PlantView) -> tuple[int, int]:
    return o.statement(plant, "evaporation").value, o.statement(plant, "evaporation", o.N).value


def test_l3_what_is_read_after_a_wash_says_nothing_of_the_boundary_before_it(tmp_path: Path) -> None:
    """0.33 at 17:00, handover at 18:00, washed 18:05-18:20, 0.06 at 18:25, 0.07 at 06:00. Cloth 100 -> 112 -> 124 h: -2,400.00 a shift.

    As if nobody had washed, 0.06 is nearest to 18:00: D +24,000.00, N -1,000.00. With the wash told late, D hands over 0.33:
    -3,000.00, and N has its gain, +26,000.00: both are trued up by 27,000.00. Steam 60 t = 9,000.00 and 70 t = 10,500.00.
    """
    plant = o.opened(tmp_path, EVAPORATOR, STEAM + CLOTH + EVENING, until=o.NEXT_DAY)
    assert values(plant) == (-900_000 - 240_000 + 2_400_000, -1_050_000 - 240_000 - 100_000)
    event(plant, "wash", "18:05", "18:20")
    o.close(plant, o.NEXT_DAY)
    assert values(plant) == (-900_000 - 240_000 - 300_000, -1_050_000 - 240_000 + 2_600_000)
    late = [(p.shift, p.what, p.amount) for p in rows(plant) if p.kind == "trueup"]
    assert late == [(o.D, "fouling:state", -2_700_000), (o.N, "fouling:state", 2_700_000)]
    assert t.findings(plant) == []


def test_i3_a_wash_across_the_handover_is_shared_by_its_hours(tmp_path: Path) -> None:
    """0.35 at 16:30, washed 17:00-19:00 to 0.05: at 18:00 half of it is done, 0.20. D 0.30 -> 0.20 +10,000.00, N 0.20 -> 0.05 +15,000.00."""
    told = "2026-05-01T16:30:00Z,FOULING,0.35\n2026-05-02T06:00:00Z,FOULING,0.05\n"
    plant = o.opened(tmp_path, EVAPORATOR, STEAM + CLOTH + told)
    event(plant, "wash", "17:00", "19:00")
    o.close(plant)
    assert values(plant) == (-900_000 - 240_000 + 1_000_000, -1_050_000 - 240_000 + 1_500_000)
    view = sl.explain(plant, f"states/{o.D}/fouling/closing")
    assert view.node is not None
    assert evaluate(view.node, OPERATIONS) == view.node.value == 20
    assert "shift leader, post 3" in str(view.node)
    assert t.findings(plant) == []


def test_l3_a_state_that_nobody_read_stands_where_its_event_left_it(tmp_path: Path) -> None:
    """A new cloth 20:00-20:30 and no reading since: 0 h at 06:00, carried and said so; N +112 x 200 = 22,400.00."""
    told = "2026-05-01T18:00:00Z,CLOTH,112\n" + EVENING
    plant = o.opened(tmp_path, EVAPORATOR, STEAM + told)
    event(plant, "cloth", "20:00", "20:30")
    o.close(plant)
    night = o.statement(plant, "evaporation", o.N)
    (line,) = [line for line in night.lines if line.what == "cloth" and line.sign > 0]
    assert (line.qty, line.amount, line.status) == (0, 0, "estimated")
    assert {"carried", "set-back"} <= set(line.marks)
    assert night.value == -1_050_000 - 100_000 + 2_240_000


def test_l6_a_wash_that_is_told_after_settlement_moves_no_boundary(tmp_path: Path) -> None:
    """A settled boundary value stays the boundary value, whatever somebody remembers."""
    plant = o.opened(tmp_path, EVAPORATOR, STEAM + CLOTH + EVENING, until=o.NEXT_DAY)
    before, month = values(plant), o.statement(plant, "evaporation").month
    done = sl.act(plant, "settle", "cost controller, post 1", "controller", {"month": month})
    assert done.ok, done.issues
    event(plant, "wash", "18:05", "18:20")
    sl.close(plant, o.DAY, o.NEXT_DAY)
    assert values(plant) == before
    assert t.findings(plant) == []


# Two stocks and a state change their worth on 2026-05-02.
YARD = {
    **EVAPORATOR,
    "materials.toml": '[material.steam]\nunit = "t"\n[material.lye]\nunit = "t"\n[material.salt]\nunit = "t"\n',
    "stocks.toml": '[stock.tank]\nmaterial = "lye"\nheld_by = "evaporation"\nopening = 40\nopening_day = 2026-05-01\n'
    '[stock.heap]\nmaterial = "salt"\nheld_by = "site"\nopening = 500\nopening_day = 2026-05-01\n',
    "streams.toml": EVAPORATOR["streams.toml"]
    + '[stream.lye-in]\nfrom = "outside"\nto = "tank"\nmaterial = "lye"\n'
    + '[stream.salt-in]\nfrom = "outside"\nto = "heap"\nmaterial = "salt"\n',
    "meters.csv": EVAPORATOR["meters.csv"] + "LYE,rate,lye-in,,t/h,,12h\nSALT,rate,salt-in,,t/h,,12h\n",
    "prices/planned.csv": """material,price,valid_from,valid_to
steam,150,,
lye,80,,2026-05-01
lye,92.5,2026-05-02,
salt,12,,2026-05-01
salt,-3,2026-05-02,
""",
    "potentials.csv": """state,worth,valid_from,valid_to
fouling,-100000,,2026-05-01
fouling,-120000,2026-05-02,
cloth,-200,,
""",
}


def test_l3_two_stocks_and_a_state_are_revalued_on_one_day_and_no_crew_sees_it(tmp_path: Path) -> None:
    """The tank holds 40 t of lye, + 12.50 a tonne: +500.00. The heap 500 t of salt, from 12.00 to -3.00: -7,500.00.

    Fouling 0.07: from -7,000.00 to -8,400.00: -1,400.00 against site:shadow. site:revaluation has +500 - 7,500 - 1,400 = -8,400.00.
    """
    readings = STEAM + CLOTH + EVENING + o.tonnes(LYE=(0, 0, 0, 0), SALT=(0, 0, 0, 0)) + "2026-05-02T18:00:00Z,CLOTH,124\n"
    plant = o.opened(tmp_path, YARD, readings + "2026-05-02T18:00:00Z,FOULING,0.07\n", until=o.NEXT_DAY)
    found = [(p.source, p.target, p.what, p.amount, p.crew) for p in rows(plant, o.NEXT_DAY) if p.kind == "revaluation"]
    assert found == [
        ("site:revaluation", "site:shadow", "fouling", -140_000, ""),
        ("site:revaluation", "stock:heap", "salt", -750_000, ""),
        ("site:revaluation", "stock:tank", "lye", 50_000, ""),
    ]
    assert o.statement(plant, "evaporation", o.D2).value == 0
    assert o.site(plant, o.D2) == {"site:revaluation": -840_000, "site:shadow": 140_000}
    assert o.misprints(plant, o.DAY, o.NEXT_DAY) == []
