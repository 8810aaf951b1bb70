"""Files and functions stay small enough to be read at once (DESIGN, rule 12)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FILE_LIMIT = 400
FUNCTION_LIMIT = 80
USUAL_FUNCTION = 40  # at the 95th percentile


def function_sizes(path: Path) -> list[tuple[int, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [((node.end_lineno or node.lineno) - node.lineno + 1, f"{path.name}:{node.lineno} {node.name}") for node in functions]


@pytest.mark.parametrize("part", ["src", "tests"])
def test_files_have_at_most_400_lines(root: Path, part: str) -> None:
    sizes = {
        str(path.relative_to(root)): len(path.read_text("utf-8").splitlines()) for path in sorted((root / part).rglob("*.py"))
    }
    assert {name: size for name, size in sizes.items() if size > FILE_LIMIT} == {}


@pytest.mark.parametrize("part", ["src", "tests"])
def test_functions_have_at_most_80_lines_and_usually_40(root: Path, part: str) -> None:
    sizes = sorted(size for path in sorted((root / part).rglob("*.py")) for size in function_sizes(path))
    assert [named for named in sizes if named[0] > FUNCTION_LIMIT] == []
    at_95_percent, name = sizes[int(0.95 * len(sizes))]
    assert at_95_percent <= USUAL_FUNCTION, name


def test_sizes_are_counted_from_the_first_to_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    def g(): ...\n\n    return g\n", "utf-8")
    assert function_sizes(tmp_path / "a.py") == [(4, "a.py:1 f"), (1, "a.py:2 g")]
