"""Downtime as time variance: own hours, hours that are nobody's doing, and two causes at once, worked by hand (L3, L4, Q3)."""

from __future__ import annotations

from pathlib import Path

import one_day as o
import shiftledger as sl

# A furnace takes 10 MWh (50.00) of power an hour that it runs, planned 12 h a shift; a halt that is not the crew's own is made good
# with 300.00 an hour.
FURNACE = {
    "areas.toml": '[area.furnace]\nrotation = "two"\n',
    "units.toml": """[unit.F1]
area = "furnace"
running = "f1"
running_codes = ["run"]
causes = {jam = "process"}
no_fault_rate = 300
""",
    "materials.toml": '[material.power]\nunit = "MWh"\n[material.hour]\nunit = "h"\n',
    "streams.toml": '[stream.power-in]\nfrom = "outside"\nto = "F1"\nmaterial = "power"\n',
    "meters.csv": """tag,kind,stream,state,codes,unit,max_gap,max_hold
POWER,rate,power-in,,,MW,12h,
F1,state,,f1,run=1;jam=2;off=0,,,30d
""",
    "prices/planned.csv": "material,price\npower,50\nhour,0\n",
    "standards.csv": "area,output,item,basis,value\nfurnace,hour,power,hours,10\n",
    "budget.csv": "area,item,kind,qty,per\nfurnace,hour,hours,12,shift\n",
}
# D: jammed 08:00-09:00 (the crew's), off 10:00-13:00 (others'). It used 85 MWh in 8 h.
READINGS = (
    "2026-05-01T06:00:00Z,POWER,7.083333333333333\n2026-05-01T18:00:00Z,POWER,0\n"
    "2026-05-01T06:00:00Z,F1,run\n2026-05-01T08:00:00Z,F1,jam\n2026-05-01T09:00:00Z,F1,run\n"
    "2026-05-01T10:00:00Z,F1,off\n2026-05-01T13:00:00Z,F1,run\n2026-05-01T18:00:00Z,F1,off\n"
)


def halt(plant: o.PlantView, cause: str, start: str, end: str) -> None:
    body = {
        "unit": "F1",
        "kind": "halt",
        "cause": cause,
        "start": f"2026-05-01T{start}:00+00:00",
        "end": f"2026-05-01T{end}:00+00:00",
    }
    done = sl.act(plant, "event", "shift director, post 4", "director", body, "log book, page 12")
    assert done.ok, done.issues


def test_l4_own_hours_are_time_and_the_others_no_fault_with_the_site_on_the_other_side(tmp_path: Path) -> None:
    """Plan 12 h x 10 x 50 = -6,000.00. It could have run 11 h: time +500.00. It ran 8 h: nobody's doing +1,500.00. Standard -4,000.00.

    85 MWh instead of 80: usage -250.00. Three hours at 300.00: no-fault +900.00, site:no-fault -900.00. V = -4,250 + 900.
    """
    plant = o.opened(tmp_path, FURNACE, READINGS)
    halt(plant, "mechanical", "10:00", "13:00")
    o.close(plant)
    found = o.statement(plant, "furnace")
    assert (found.plan, found.standard, found.value) == (-600_000, -400_000, -335_000)
    assert o.steps(found) == {
        "time": 50_000, "time no-fault": 150_000, "usage power": -25_000, "no-fault F1@mechanical": 90_000,
    }  # fmt: skip
    assert o.site(plant) == {"site:no-fault": -90_000}
    assert o.misprints(plant) == []


def test_q3_two_causes_at_once_are_never_paid_twice(tmp_path: Path) -> None:
    """Mechanical 10:00-12:00 and external 11:00-13:00: three hours stood still, three are paid, each hour by one cause."""
    plant = o.opened(tmp_path, FURNACE, READINGS)
    halt(plant, "mechanical", "10:00", "12:00")
    halt(plant, "external", "11:00", "13:00")
    o.close(plant)
    found = o.statement(plant, "furnace")
    paid = {name: cents for name, cents in o.steps(found).items() if name.startswith("no-fault")}
    assert sum(paid.values()) == 90_000
    assert found.value == -335_000
    halted = {line.what: line.time for line in found.hours if line.what not in ("running", "unknown")}
    assert sum(time or 0 for time in halted.values()) == 4 * 3_600_000_000
    assert o.misprints(plant) == []


def test_q3_of_a_halt_that_is_explained_in_part_only_that_part_moves(tmp_path: Path) -> None:
    """Only 10:00-11:30 has a cause: 1.5 h x 300.00 = 450.00; what nobody explained is no-fault time, but is not made good."""
    plant = o.opened(tmp_path, FURNACE, READINGS)
    halt(plant, "electrical", "10:00", "11:30")
    o.close(plant)
    steps = o.steps(o.statement(plant, "furnace"))
    assert steps == {"time": 50_000, "time no-fault": 150_000, "usage power": -25_000, "no-fault F1@electrical": 45_000}


def test_q3_a_halt_that_the_state_contradicts_moves_nothing(tmp_path: Path) -> None:
    """13:00-14:00 it ran, whatever somebody wrote down afterwards."""
    plant = o.opened(tmp_path, FURNACE, READINGS)
    halt(plant, "mechanical", "12:00", "14:00")
    o.close(plant)
    assert o.steps(o.statement(plant, "furnace"))["no-fault F1@mechanical"] == 30_000
