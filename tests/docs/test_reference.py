"""The reference is what the program says of itself, and its examples are a plant without an error."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from types import ModuleType

import pytest

import shiftledger as sl
from docs.pages import ROOT
from shiftledger.core.issue import failing
from shiftledger.core.period import DAY, HOUR, MINUTE
from shiftledger.plant.checks import check
from shiftledger.plant.load import load_text
from shiftledger.plant.schema import TABLES, table_of


def reference_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tools_reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    sys.modules["tools_reference"] = tool
    spec.loader.exec_module(tool)
    return tool


TOOL = reference_tool()
EXAMPLES: Mapping[str, str] = TOOL.EXAMPLES


@pytest.mark.parametrize("name", TOOL.PAGES)
def test_committed_reference_is_what_the_program_says(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert committed == TOOL.PAGES[name](), f"docs/reference/{name} is not what the program says: run `make reference`"


def test_every_public_name_stands_in_the_reference() -> None:
    page = TOOL.PAGES["api.md"]()
    assert [name for name in sl.__all__ if f"## sl.{name}\n" not in page and f"`{name}`:" not in page] == []


def test_every_file_of_a_plant_has_an_example_that_has_no_error() -> None:
    assert {table.name for name in EXAMPLES if (table := table_of(name))} == {table.name for table in TABLES}
    plant = load_text(EXAMPLES)
    issues = [*plant.issues, *check(plant.result)]
    assert not failing(issues), issues
    assert {issue.code for issue in issues} == set()


@pytest.mark.parametrize(
    ("length", "text"), [(0, "0s"), (30 * MINUTE, "30min"), (72 * HOUR, "72h"), (DAY, "24h"), (90 * MINUTE, "90min")]
)
def test_durations_are_shown_as_one_writes_them(length: int, text: str) -> None:
    assert TOOL.duration_text(length) == text
