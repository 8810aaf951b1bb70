"""Workbooks from the command line: statement, roll-up and hours; a folder that cannot be written is said, not thrown."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import two_tanks as w
from render.spreadsheet import Book
from shiftledger.cli.app import app

RUNNER = CliRunner()
MEMBERS = "person,area,crew\n" + "".join(f"{area[0]}{crew},{area},{crew}\n" for area in ("mill", "filter") for crew in "ABCD")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plant = w.opened(tmp_path_factory.mktemp("books"))
    (plant.folder / "members.csv").write_text(MEMBERS, "utf-8")
    return plant.folder


@pytest.mark.parametrize(
    ("words", "sheets"),
    [
        (("statement", w.SHIFT), ["各区域", "过滤", "磨矿"]),
        (("statement", w.SHIFT, "--area", "mill"), ["磨矿"]),
        (("rollup", "--by", "area,month"), ["汇总", "差异桥"]),
        (("labour", "--from", w.DAY, "--to", w.NEXT_DAY), ["人员与工时", "实物劳动生产率"]),
    ],
    ids=["all areas", "one area", "roll-up", "hours"],
)
def test_a_verb_writes_its_workbook(folder: Path, tmp_path: Path, words: tuple[str, ...], sheets: list[str]) -> None:
    verb, *rest = words
    target = tmp_path / "w.xlsx"
    result = RUNNER.invoke(app, [verb, str(folder), *rest, "--xlsx", str(target)])
    assert result.exit_code == 0, result.output
    book = Book(target)
    assert book.names == sheets
    assert book.formulas
    refused = RUNNER.invoke(app, [verb, str(folder), *rest, "--xlsx", str(tmp_path / "nowhere" / "w.xlsx")])
    assert refused.exit_code == 2
    assert "cannot be written" in refused.output


def test_a_roll_up_of_nothing_writes_no_workbook(folder: Path, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["rollup", str(folder), "--from", "2031-01-01", "--xlsx", str(tmp_path / "w.xlsx")])
    assert result.exit_code == 1
    assert not (tmp_path / "w.xlsx").exists()
