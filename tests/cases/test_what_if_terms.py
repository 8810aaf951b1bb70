"""What if: states and their resets, premiums, grades and charges among the intentions, worked by hand (L10, L3, L4)."""

from __future__ import annotations

from pathlib import Path

import pytest

import evaporator
import one_day as o
import shiftledger as sl
import two_tanks as w
from cases.test_regrades import GRADED
from cases.test_what_if import answer, values
from shiftledger.api import PlantView
from shiftledger.render.whatif_text import whatif_text

CLOTH = '[state.cloth]\narea = "filter"\ngrows = "U2.hours"\nopening = 100\nopening_day = 2026-03-31\nreset_by = "cloth"\nreset_to = 0\n'
PREMIUM = "material,component,reference,worth\nproduct,moisture,8,-1.50\n"
LEVY = "charge,stream,amount,party\nsteam-levy,steam,1,authority\n"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """two-tanks with the age of a cloth at 4.00 an hour, a premium by moisture and a levy on steam; without books."""
    folder = w.copy(tmp_path_factory.mktemp("terms"))
    for name, text in (
        ("states.toml", CLOTH),
        ("potentials.csv", "state,worth\ncloth,-4\n"),
        ("quality.csv", PREMIUM),
        ("charges.csv", LEVY),
    ):
        (folder / name).write_text(text, "utf-8")
    return sl.open(folder)


def filtered(plant: PlantView, *texts: str) -> int:
    return values(answer(sl.whatif(plant, texts, shift=w.SHIFT)))["filter"][1]


# The plan of the filter: 2,946.20; 8 h of age -32.00; the levy on 18.920 t of steam -18.92.
BASE = 294_620 - 3_200 - 1_892


def test_l10_a_plan_ages_its_cloth_and_pays_its_levy(planned: PlantView) -> None:
    found = answer(sl.whatif(planned, shift=w.SHIFT))
    (area,) = (area for area in found.areas if area.area == "filter")
    assert (area.base.value, area.base.plan) == (BASE, 294_620)
    assert {(s.name, s.item): s.amount for s in area.base.steps if s.amount} == {
        ("charge", "steam@steam-levy"): -1_892,
        ("state", "cloth"): -3_200,
    }
    assert found.accounts["site:shadow"] == 3_200


@pytest.mark.parametrize(
    ("texts", "cents"),
    [
        (("cloth.reset=2",), (100 - 6) * 400 + 3_200),  # new after 2 h, 6 h old at the end instead of 108 h
        (("cloth.reset=8",), 100 * 400 + 3_200),
        (("cloth.end=50",), 50 * 400 + 3_200),
        (("cloth.start=20",), 0),  # it ages by 8 h wherever it begins
        # 86 t x 2 points x -1.50; 0.230 instead of 0.220 t/t of steam: 0.860 t at 151.00
        (("product-out.moisture=10",), -25_800 - 86 * 151),
        (("filter.moisture=10",), -25_800 - 86 * 151),
    ],
)
def test_l10_what_is_intended_moves_its_own_line(planned: PlantView, texts: tuple[str, ...], cents: int) -> None:
    assert filtered(planned, *texts) == BASE + cents


def test_l10_the_only_unit_goes_by_the_name_of_its_area(planned: PlantView) -> None:
    """6 h: 64.500 t, 65.482 t of slurry, 14.190 t of steam: 16,125 - 11,786.76 - 2,128.50 - 14.19; 6 h of age."""
    assert filtered(planned, "filter.hours=6") == filtered(planned, "U2.hours=6") == 220_974 - 1_419 - 2_400
    told = [sl.whatif(planned, [text], shift=w.SHIFT).issues for text in ("filter.laod=0.9", "filter.load=1,5")]
    assert "Closest: filter.load. " in told[0][0].remedy
    assert "U2.load" in told[1][0].message
    twice = sl.whatif(planned, ["filter.load=0.9", "U2.load=0.8"], shift=w.SHIFT).issues
    assert [issue.message for issue in twice] == ['"U2.load" is set twice']


def test_l10_an_area_with_several_units_names_them(tmp_path: Path) -> None:
    folder = w.copy(tmp_path)
    with (folder / "units.toml").open("a", encoding="utf-8") as file:
        file.write('\n[unit.U3]\narea = "filter"\n')
    (issue,) = sl.whatif(sl.open(folder), ["filter.load=0.9"], shift=w.SHIFT).issues
    assert "filter has several units: U2.load, U3.load. " in issue.remedy


def test_l10_what_cannot_be_known_of_a_state_is_said(planned: PlantView, tmp_path: Path) -> None:
    wrong = sl.whatif(planned, ["cloth.reset=9"], shift=w.SHIFT).issues
    assert ["the shift lasts 8 h" in issue.message for issue in wrong] == [True]
    both = sl.whatif(planned, ["cloth.reset=2", "cloth.end=5"], shift=w.SHIFT).issues
    assert ["says already where it ends" in issue.message for issue in both] == [True]
    folder = w.copy(tmp_path)
    (folder / "states.toml").write_text(CLOTH.replace('grows = "U2.hours"\n', ""), "utf-8")
    (folder / "potentials.csv").write_text("state,worth\ncloth,-4\n", "utf-8")
    header, rest = (folder / "meters.csv").read_text("utf-8").split("tag,", 1)
    rows = rest.splitlines()
    lines = ["tag,state," + rows[0], *(row.replace(",", ",,", 1) for row in rows[1:])]
    lines.append("CLOTH,cloth,state" + "," * rows[0].count(","))
    (folder / "meters.csv").write_text(header + "\n".join(lines) + "\n", "utf-8")
    of = sl.open(folder)
    view = sl.whatif(of, shift=w.SHIFT)
    assert values(answer(view))["filter"] == (294_620, 294_620)
    assert [(i.code, "stays where it is" in i.message) for i in view.issues if i.code == "L069"] == [("L069", True)]
    (issue,) = sl.whatif(of, ["cloth.reset=2"], shift=w.SHIFT).issues
    assert "nobody says what the state grows by afterwards" in issue.message
    assert values(answer(sl.whatif(of, ["cloth.reset=8"], shift=w.SHIFT)))["filter"][1] == 294_620 + 40_000


def test_l10_a_shift_as_sealed_with_another_end_of_its_fouling(tmp_path: Path) -> None:
    """May 2 D after the day of `evaporator`: fouling opens at 0.03; in E it grew by 0.08. Phi on May 2: -110,000 a unit up to 0.30.

    0.03 -> 0.11: -8,800.00. Washed to 0.02 by the sixth hour: 0.02 + 0.08 x 2 / 8 = 0.04: -1,100.00. To 0.05: -2,200.00.
    Alkali 243: 0.50 x 560 instead of 2.00 x 560. Of N, in which it was washed, nobody repeats the wash: nothing.
    """
    states = evaporator.TEXT["states.toml"] + 'reset_by = "wash"\nreset_to = 0.02\n'
    plant = sl.open(evaporator.folder(tmp_path, {"states.toml": states}))
    evaporator.load(plant, evaporator.BASE, evaporator.LAB_D, evaporator.LAB_E, evaporator.LAB_N)
    body = {"unit": "EV1", "kind": "wash", "start": "2026-05-01T22:00:00Z", "end": "2026-05-01T23:00:00Z"}
    assert sl.act(plant, "event", "shift leader, post 3", "leader", body, "log book, page 7").ok
    evaporator.close(plant)

    def of(base: str, *texts: str) -> tuple[int, int]:
        return values(answer(sl.whatif(plant, texts, shift="2026-05-02.D", base=base)))["evaporation"]

    flows = 5_600_000 - 1_600_000 - 960_000 - 80_000 + 112_000  # as in E: strong, weak, steam, charge, premium
    assert of(evaporator.E) == (flows - 880_000, flows - 880_000)
    assert of(evaporator.E, "fouling.reset=6")[1] == flows - 110_000
    assert of(evaporator.E, "fouling.end=0.05")[1] == flows - 220_000
    assert of(evaporator.E, "strong-out.alkali=243")[1] == flows - 880_000 - 112_000 + 28_000
    night = sl.whatif(plant, shift="2026-05-02.D", base=evaporator.N)
    (area,) = answer(night).areas
    assert [step.amount for step in area.base.steps if step.name == "state"] == [0]
    assert "L069" in {issue.code for issue in night.issues}


def test_l10_an_assay_beyond_the_grade_makes_it_off_spec(tmp_path: Path) -> None:
    """95 t of polymer at an index of 2.30 are seconds: 95 x 400 - 100 x 600 = -22,000.00 instead of +35,000.00."""
    plant = sl.open(o.written(tmp_path, GRADED, {}))
    for text, cents in (("polymer-out.index=2.30", -2_200_000), ("polymer-out.index=2.00", 3_500_000)):
        assert values(answer(sl.whatif(plant, [text], shift=o.D))) == {"reactor": (3_500_000, cents)}


def test_l10_terms_in_text(planned: PlantView) -> None:
    view = sl.whatif(planned, ["cloth.reset=2", "product-out.moisture=10"], shift=w.SHIFT)
    for lang, words in (("en", ("cloth.reset", "2 h", "product-out.moisture")), ("zh", ("cloth.reset", "product-out.moisture"))):
        text = whatif_text(view, lang)
        assert all(word in text for word in words), text
    names = {row.name for row in sl.whatif(planned, listing=True, shift=w.SHIFT).settable}
    assert {"cloth.start", "cloth.end", "cloth.reset", "product-out.moisture", "U2.load"} <= names
