"""The methods name functions that exist, and every clause stands both in the methods and in a test or the source."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

import pytest

import shiftledger
from docs.pages import ROOT, name_of

METHODS = sorted((ROOT / "docs" / "methods").glob("*.md"))
STAGES = sorted(path.name for path in Path(shiftledger.__file__).parent.iterdir() if (path / "__init__.py").exists())
NAMED = re.compile(rf"`((?:shiftledger\.)?(?:{'|'.join(STAGES)}|pipeline|api)(?:\.\w+)+)(?:\(\))?`")

# What this version computes.
CLAUSES = (
    *("T1", "T2", "T3", "T4", "R1", "R2", "R4", "R5", "Q1", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8"),
    *("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"),
)


def named_functions(text: str) -> list[str]:
    return sorted({name.removeprefix("shiftledger.") for name in NAMED.findall(text)})


def exists(name: str) -> bool:
    """True if `plant.roster.day_span` is something in shiftledger: a module, and then attributes of it."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(["shiftledger", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


@pytest.mark.parametrize("page", METHODS, ids=name_of)
def test_every_function_named_in_the_methods_exists(page: Path) -> None:
    assert [name for name in named_functions(page.read_text("utf-8")) if not exists(name)] == []


def test_functions_that_do_not_exist_are_found() -> None:
    text = "`plant.roster.day_span`, `shiftledger.plant.roster.no_such`, `ledger.knowledge.Timeline.in_time()`, `day_span`"
    assert named_functions(text) == ["ledger.knowledge.Timeline.in_time", "plant.roster.day_span", "plant.roster.no_such"]
    assert [exists(name) for name in named_functions(text)] == [True, True, False]


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_is_explained_and_names_what_computes_it(clause: str) -> None:
    pattern = re.compile(rf"^#+ (?:\*\*)?{clause}\b.*?(?=^#+ |\Z)", re.MULTILINE | re.DOTALL)
    sections = [found for page in METHODS for found in pattern.findall(page.read_text("utf-8"))]
    assert sections, f"docs/methods has no heading that begins with {clause}"
    assert any(named_functions(section) for section in sections), f"{clause} names no function that computes it"


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_has_a_test_of_its_name_or_is_cited_where_it_is_computed(clause: str) -> None:
    assert clause in cited_in_tests() | cited_in_source(), f"no test_{clause.lower()}_... and no comment that cites {clause}"


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_has_a_test_of_its_name(clause: str) -> None:
    assert clause in cited_in_tests(), f"no test is called test_{clause.lower()}_..."


@cache
def cited_in_tests() -> set[str]:
    names = [
        name
        for page in sorted((ROOT / "tests").rglob("test_*.py"))
        for name in re.findall(r"def (test_\w+)", page.read_text("utf-8"))
    ]
    return {clause.upper() for name in names for clause in re.findall(r"(?<=_)([tqrlbin]\d+)(?=_|$)", name)}


@cache
def cited_in_source() -> set[str]:
    """Clauses in comments and in docstrings that end with them, such as `# L4, I2`."""
    files = sorted((ROOT / "src").rglob("*.py"))
    comments = [text for path in files for text in re.findall(r"# ([A-Z]\d+[^\n]*)", path.read_text("utf-8"))]
    return {clause for text in comments for clause in re.findall(r"\b[A-Z]\d+\b", text)}
