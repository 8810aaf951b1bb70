"""The laws of the books on plants made up whole: folders of three to twelve units, closed by the public verbs (I1-I5, L3-L7, Q7).

`bench/laws.py` tries them on as many plants as one has time for.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import plants_made_acts as laws
import plants_made_money as money
import plants_made_terms as terms
from plants_made import LAYOUTS, PLACES
from plants_made_drawing import made


def named(law: laws.Law) -> str:
    return law.__name__


def test_i1_sums_of_a_made_up_plant_are_its_raw_truth(tmp_path: Path) -> None:
    laws.every_sum_is_the_raw_truth(made(10, days=3), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("law", laws.LAWS, ids=named)
def test_l7_laws_of_a_made_up_plant(law: laws.Law, tmp_path: Path) -> None:
    law(made(1), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("law", terms.LAWS, ids=named)
@pytest.mark.parametrize("seed", [1, 6])
def test_l4_off_spec_and_aging_states_of_a_made_up_plant(law: laws.Law, seed: int, tmp_path: Path) -> None:
    law(made(seed), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [4, 9, 26, 350])  # 350: a bill whose load stood still
def test_i1_sums_of_larger_made_up_plants_are_their_raw_truth(seed: int, tmp_path: Path) -> None:
    laws.every_sum_is_the_raw_truth(made(seed), tmp_path)


def test_a_seed_is_always_the_same_plant_and_any_ten_have_all_sizes() -> None:
    plants = [made(seed) for seed in range(24)]
    assert plants[7] == made(7)
    assert {len(plant.units) for plant in plants} == set(range(3, 13))
    assert {plant.place for plant in plants} == set(range(len(PLACES)))
    assert {plant.layouts for plant in plants} == set(LAYOUTS)
    kinds = {flow.kind for plant in plants for flow in plant.flows.values()}
    assert kinds == {"", "rate", "linear", "interval", "counter", "lot", "booking"}
    assert {m.paid for plant in plants for m in plant.materials.values()} == {"mass", "alumina", "cu", "dry"}
    backwards = [f for plant in plants for f in plant.flows.values() if min(f.quanta, default=0) < 0]
    assert backwards


def test_i1_the_truth_of_a_made_up_plant_by_hand() -> None:
    """Seed 0: amounts of half hours added up over the first day, and a bill for two days of 24 hours."""
    plant = made(0)
    day, (start, end) = plant.labels[0], (plant.start_of(plant.labels[0]), plant.start_of(plant.labels[1]))
    flow = next(f for f in plant.flows.values() if f.kind == "interval")
    assert money.moved(plant, flow, start, end) == sum(flow.told[12 : 12 + 48])
    bill = ("rent", "", 1001, day, plant.labels[1])
    assert [money.invoiced(plant, bill, label) for label in plant.labels] == [501, 500, 0, 0]  # 500.5 away from zero, the rest
