"""Which rows of grades.csv can be judged, and which off-spec belongs where it is given (L4)?"""

from __future__ import annotations

from pathlib import Path

import pytest

import one_day as o
from cases.test_regrades import GRADED
from shiftledger.plant.checks_grades import grades_judged, offspec_of_own
from shiftledger.plant.governing import governing_row
from shiftledger.plant.load import open_folder
from shiftledger.plant.terms import State

HEAD = "material,component,low,high,valid_from,valid_to\n"


def messages(folder: Path, **changes: str) -> list[str]:
    text = {**GRADED, **{name.replace("_", "."): content for name, content in changes.items()}}
    plant = open_folder(o.written(folder, text, {})).result
    return [issue.message for check in (offspec_of_own, grades_judged) for issue in check(plant)]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("seconds,index,,2,,\n", ""),
        ("seconds,index,,,,\n", "has no limit"),
        ("seconds,index,3,2,,\n", "lower limit above"),
        ("polymer,index,,2,,\n", "off-spec of nothing"),
        ("seconds,ash,,2,,\n", "no laboratory"),
        ("seconds,index,,2,,2026-05-01\nseconds,index,,3,2026-05-02,\n", ""),
        ("seconds,index,,2,,\nscrap,index,,3,,\n", "is the second one"),
    ],
)
def test_l4_a_grade_has_a_limit_a_product_and_a_laboratory(tmp_path: Path, rows: str, wanted: str) -> None:
    scrap = GRADED["materials.toml"] + '[material.scrap]\nunit = "t"\noffspec_of = "polymer"\n'
    found = messages(tmp_path, grades_csv=HEAD + rows, materials_toml=scrap)
    assert len(found) == (1 if wanted else 0), found
    assert wanted in "".join(found)


def test_l4_no_assay_is_paid_for_twice(tmp_path: Path) -> None:
    quality = "material,component,reference,worth\npolymer,index,2,-5\n"
    assert ["go by the same assay" in text for text in messages(tmp_path, quality_csv=quality)] == [True]


def test_l4_off_spec_of_off_spec_is_refused(tmp_path: Path) -> None:
    chain = GRADED["materials.toml"] + '[material.thirds]\nunit = "t"\noffspec_of = "seconds"\n'
    assert ['"seconds", which is off-spec of "polymer"' in text for text in messages(tmp_path, materials_toml=chain)] == [True]


def test_l7_a_state_that_does_not_grow_has_the_input_hash_that_it_had() -> None:
    """Fields that came later than books that exist say nothing at their default."""
    assert not {"grows", "life"} & governing_row("state", State("cloth", "filter")).content.keys()
    assert {"grows", "life"} <= governing_row("state", State("cloth", "filter", grows="U2.hours", life=1)).content.keys()


def test_l4_what_only_bills_tell_is_not_graded(tmp_path: Path) -> None:
    """The laboratory looks at the polymer, but a bill is all that tells how much there was: nobody knows what flowed under which result."""
    billed = GRADED["meters.csv"].replace("POLY,rate,polymer-out,,t/h", "POLY,booking,polymer-out,,t")
    assert billed != GRADED["meters.csv"]
    assert ['judge "polymer-out", of which only bills tell' in text for text in messages(tmp_path, meters_csv=billed)] == [True]
