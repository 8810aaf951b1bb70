"""Every code of the plant stage has its smallest bad plant and the exact text that the user reads (written by hand, never generated).

A folder is named after its code; further ones of the same code add a word: P018-standard.
"""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from shiftledger.core.issue import failing, ordered
from shiftledger.plant.checks import check
from shiftledger.plant.codes import CODES
from shiftledger.plant.load import open_folder
from shiftledger.render.issues import format_issue

HERE = Path(__file__).parent
CASES = sorted(folder.name for folder in HERE.iterdir() if (folder / "message.txt").exists())
NOT_PLANT = {"message.txt", "absent.txt", "README.md"}


def code_of(case: str) -> str:
    return case.partition("-")[0]


def said(folder: Path) -> str:
    plant = open_folder(folder)
    issues = ordered((*plant.issues, *check(plant.result)))
    return "".join(f"{format_issue(issue)}\n" for issue in issues)


def case_plant(case: str, folder: Path) -> Path:
    copytree(HERE / "base", folder)
    for file in sorted((HERE / case).rglob("*")):
        if file.is_file() and file.name not in NOT_PLANT:
            target = folder / file.relative_to(HERE / case)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    absent = HERE / case / "absent.txt"
    for name in absent.read_text().split() if absent.exists() else ():
        (folder / name).unlink()
    return folder


def test_every_code_has_its_case_and_every_case_its_code() -> None:
    assert {kind.code for kind in CODES} == {code_of(case) for case in CASES}
    assert {kind.code for kind in CODES} <= set(CASES)


def test_codes_are_unique_and_in_order() -> None:
    codes = [kind.code for kind in CODES]
    assert codes == sorted(set(codes))
    assert all(kind.title and kind.explanation.endswith(".") for kind in CODES)


def test_the_base_is_clean(tmp_path: Path) -> None:
    assert said(copytree(HERE / "base", tmp_path / "plant")) == ""


@pytest.mark.parametrize("case", CASES)
def test_message(case: str, tmp_path: Path) -> None:
    folder = case_plant(case, tmp_path / "plant")
    assert said(folder) == (HERE / case / "message.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_severity_is_the_catalogue_s(case: str, tmp_path: Path) -> None:
    plant = open_folder(case_plant(case, tmp_path / "plant"))
    issues = (*plant.issues, *check(plant.result))
    severity = next(kind.severity for kind in CODES if kind.code == code_of(case))
    assert {issue.severity for issue in issues} == {severity}
    assert failing(issues) == (severity == "error")
