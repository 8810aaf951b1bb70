"""Sealed books to be damaged: made once, copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import tampering
from shiftledger.api import PlantView


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> PlantView:
    """Never damage these."""
    return tampering.sealed(tmp_path_factory.mktemp("books"))


@pytest.fixture
def plant(books: PlantView, tmp_path: Path) -> PlantView:
    """A copy that may be damaged."""
    return tampering.again(books, tmp_path)
