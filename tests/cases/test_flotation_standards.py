"""The flotation's standards: from the base by a script, in the bridge by hand, and beside nothing where the output is known in part (L4, I8)."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import shiftledger as sl
from cases.test_flotation import AMINE, HOURLY, ORE, STARCH, shown, to
from shiftledger.api import PlantView


@pytest.fixture(scope="module")
def opened(root: Path, tmp_path_factory: pytest.TempPathFactory, data_set: Callable[[str], Path]) -> PlantView:
    plant = sl.open(root / "plants" / "flotation", state=tmp_path_factory.mktemp("standards"))
    assert sl.load(plant, [data_set(HOURLY)]).ok
    for start, end in (("2017-04-05", "2017-04-05"), ("2017-08-01", "2017-08-02")):
        assert sl.close(plant, start, end).ok
    return plant


@pytest.fixture(scope="module")
def derived(root: Path) -> ModuleType:
    """The script that tells where standards.csv comes from."""
    spec = spec_from_file_location("flotation_standards", root / "bench" / "flotation_standards.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_l4_the_standards_are_what_the_script_derives_from_the_base(
    root: Path, derived: ModuleType, data_set: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    written = (root / "plants" / "flotation" / "standards.csv").read_text("utf-8").splitlines()
    rows = derived.standard_rows(data_set(HOURLY))
    assert [line for line in written if line.startswith("flotation,")] == rows
    assert all("base: 84 shifts of 2017-04" in row for row in rows)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 6
    assert [line.partition(":")[0] for line in told if not line.endswith(": not kept")] == ["starch by density"]


def test_l4_a_frozen_assay_is_in_no_base(derived: ModuleType, data_set: Callable[[str], Path]) -> None:
    """April has six shifts with an assay of the concentrate that stands for more than 12 hours; August's first days have no whole shift."""
    with gzip.open(data_set(HOURLY), "rt", encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert len(list(derived.whole_shifts(told))) == 84
    assert list(derived.whole_shifts(told, date(2017, 8, 2), date(2017, 8, 2))) == []


def test_l4_a_slope_that_can_be_told_from_none_is_one(derived: ModuleType) -> None:
    """By hand: y = 1 + 2x with errors +1 -1 -1 +1 at x = 0 1 2 3 has slope 2, whatever their order says of the error."""
    by, error = derived.slope([0.0, 1.0, 2.0, 3.0], [2.0, 2.0, 4.0, 8.0])
    # rest: 1 -1 -1 1; follows (-1 + 1 - 1) / 4 = -1/4; squares 4 / 2 / 5 = 0.4; (1 - 1/4) / (1 + 1/4) = 0.6
    assert by == pytest.approx(2.0)
    assert error == pytest.approx((0.4 * 0.6) ** 0.5)


def test_l4_the_bridge_of_a_shift_by_hand(opened: PlantView) -> None:
    """870.337 t of iron: ore / 0.5190 at 30, starch x 17.663 at 0.02, amine x 4.529 at 0.15; pulp of 1.623 t/m3 may take less starch."""
    (found,) = shown(opened, "2017-04-05.D").statements
    iron, thin = Decimal("870.337"), Decimal("1.623") - Decimal("1.702")
    price = to(iron * Decimal("134.34"), "0.01")
    ore = to(to(iron / Decimal("0.5190"), "0.001") * ORE, "0.01")
    reagents = [(Decimal("17.663"), Decimal("31.78"), STARCH), (Decimal("4.529"), Decimal(0), AMINE)]
    standard, allowed = (
        price - ore - sum(to(to(iron * (rate + slope * away), "0.1") * each, "0.01") for rate, slope, each in reagents)
        for away in (Decimal(0), thin)
    )
    assert (found.plan, found.standard, found.allowed) == (None, int(standard * 100), int(allowed * 100))
    steps = {(one.name, one.item): one.amount for one in found.steps}
    assert steps["conditions", ""] == int((allowed - standard) * 100)
    assert set(steps) == {("conditions", ""), ("yield", "ore"), ("usage", "starch"), ("usage", "amine")}
    assert found.standard + sum(steps.values()) == found.value


def test_i8_an_output_that_is_known_in_part_is_compared_with_nothing(opened: PlantView) -> None:
    """On 1 August the concentrate's assay stands still: three hours of output beside eight of ore are no loss of 38,000 USD."""
    (part,) = shown(opened, "2017-08-01.D").statements
    assert part.partial[:1] == ("concentrate",)
    assert (part.standard, part.allowed, part.steps, part.reasons[-1]) == (None, None, (), "output partial")
    (blind,) = shown(opened, "2017-08-02.D").statements
    assert (blind.absent, blind.standard, blind.steps) == (("concentrate",), None, ())
