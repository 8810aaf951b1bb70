"""What all tests share: how properties are searched, which tests are slow or sweeps, and where the public data sets lie."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.statistics import collector

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every machine and in every process; `ci` looks at more of them, and `sweep` (by --every) at many.
settings.register_profile("dev", derandomize=True, deadline=None, database=None, max_examples=50)
settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=100, print_blob=True)
settings.register_profile("sweep", settings.get_profile("ci"), max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")
    parser.addoption("--every", action="store_true", help="with --slow: sweeps too, and every place where a test takes a sample")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--every"):
        settings.load_profile("sweep")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for mark, option in (("slow", "--slow"), ("sweep", "--every")):
        if config.getoption(option):
            continue
        for item in items:
            if mark in item.keywords:
                item.add_marker(pytest.mark.skip(reason=f"{mark}: runs with {option}"))


@pytest.fixture(scope="session")
def stride(request: pytest.FixtureRequest) -> int:
    """A sweep looks at one place in so many: 1 with `--every`."""
    return 1 if request.config.getoption("--every") else 7


@pytest.fixture(scope="session")
def turn() -> int:
    """Which places a sample begins at: the same wherever the program is the same, others as soon as it is another."""
    found = 0
    for path in sorted((ROOT / "src").rglob("*.py")):
        found = zlib.crc32(path.read_bytes(), found)
    return found


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def data_set() -> Callable[[str], Path]:
    """Finds a public data set by its name below ../shared/data, or skips the test."""

    def find(name: str) -> Path:
        path = ROOT.parent / "shared" / "data" / name
        if not path.exists():
            pytest.skip(f"needs {name}; the data sets are not in the repository")
        return path

    return find


MOST_THROWN_AWAY = 0.2  # of the generated examples; a property that rejects more looks at less than it seems


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Runs a test; a property fails that throws away too many of its examples, by `assume` or a filter."""
    counted: list[str] = []
    report = collector.value or (lambda statistics: None)  # Hypothesis' own, for --hypothesis-show-statistics

    def count(statistics: dict[str, Any]) -> None:
        for phase in ("reuse-phase", "generate-phase"):
            counted.extend(case["status"] for case in statistics.get(phase, {}).get("test-cases", ()))
        report(statistics)

    with collector.with_value(count):
        yield
    looked_at, thrown_away = counted.count("valid"), counted.count("invalid")
    if thrown_away > MOST_THROWN_AWAY * (looked_at + thrown_away):
        pytest.fail(f"{thrown_away} of {looked_at + thrown_away} generated examples were thrown away: generate what fits instead")
