"""Where areas have different slots: entries by hand say whose shift they mean, and jobs of service areas say where they are (T2, R3, L8)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import shiftledger as sl
import two_tanks as w
from cases.test_service_jobs import DAYS, FOREMAN, LAB, SERVICES, job
from cases.test_two_slots import closed
from shiftledger.api import PlantView


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """The mill on 12 h beside the filter on 8 h, with a laboratory of its own hours and one verified job; closed."""
    folder = tmp_path_factory.mktemp("uneven")
    of = closed(folder, **{"services.csv": ("", SERVICES)}, **_more())
    assert sl.act(of, "verify", *FOREMAN, {"event": str(job(of, 15, "2"))}).ok
    w.reclose(of, w.DAY, w.DAY)
    return of


def _more() -> dict[str, tuple[str, str]]:
    mill = 'name_en = "Mill"\nrotation = "four-crews"'
    from cases.test_two_slots import TWELVE

    return {
        "areas.toml": (mill, mill.replace("four", "two") + f"\n{LAB}\n"),
        "rotations.toml": ("# Two days", f"{TWELVE}\n{DAYS}\n# Two days"),
    }


def instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1e6, UTC).strftime("%H:%M")


def test_r3_an_entry_says_whose_shift_it_means(plant: PlantView) -> None:
    """A dip stands at the end of D: at 14:00 of the filter, at 18:00 of the mill; in UTC two hours less."""
    (issue,) = sl.enter(plant, "2026-03-31.D", {"LT-T": 57}, "clerk, post 3").issues
    assert (issue.code, issue.message) == ("R062", "2026-03-31.D lies at different times in filter and mill")
    assert issue.remedy == "Say whose shift it is: --area filter."
    assert sl.missing(plant, "2026-03-31.D").issues == (issue,)
    for area, at in (("filter", "12:00"), ("mill", "16:00")):
        done = sl.enter(plant, "2026-03-31.D", {"LT-T": 57}, "clerk, post 3", area=area)
        assert done.ok, done.issues
        assert [instant(stamp) for _, stamp, _ in done.entered] == [at]
    assert "mill" in sl.enter(plant, "2026-03-31.D", {"LT-T": 57}, "clerk, post 3", area="mil").issues[0].remedy
    (issue,) = sl.enter(plant, "2026-03-31.E", {"LT-T": 57}, "clerk, post 3", area="mill").issues
    assert issue.remedy == "Its shifts: 2026-03-31.D, 2026-03-31.N."
    assert sl.enter(plant, "2026-03-31.E", {"LT-T": 57}, "clerk, post 3").ok  # only the filter has it


def test_l8_jobs_that_no_shift_shows_are_pointed_at(plant: PlantView) -> None:
    """Two titrations at 45.50 are in the day's account, whatever the shifts are called; the note leads there."""
    for area in (None, "lab"):
        view = sl.statement(plant, "2026-03-31.D", area)
        (note,) = [issue for issue in view.issues if issue.code == "L033"]
        assert note.message == "lab: 2026-03-31.D lies at different times in filter and mill, so its jobs are not shown by shift"
        address = note.remedy.rpartition(" ")[2]
        node = sl.explain(plant, address).node
        assert node is not None
        assert node.value == 9_100
    assert [i.code for i in sl.statement(plant, "2026-03-31.D", "filter").issues if i.code == "L033"] == []
