"""A property that throws away more than a fifth of its examples fails; one that throws away fewer does not."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PROPERTY = """
from hypothesis import assume, given, settings
from hypothesis import strategies as st

@settings(max_examples=100)
@given(st.integers(0, 99))
def test_some_are_kept(number: int) -> None:
    assume(number >= {below})
"""


@pytest.mark.parametrize(("below", "outcome"), [(0, {"passed": 1}), (10, {"passed": 1}), (40, {"failed": 1})])
def test_examples_thrown_away_are_counted(pytester: pytest.Pytester, root: Path, below: int, outcome: dict[str, int]) -> None:
    pytester.makeconftest((root / "tests" / "conftest.py").read_text("utf-8"))
    pytester.makepyfile(PROPERTY.format(below=below))
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(**outcome)
