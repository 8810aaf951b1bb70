"""One word per idea, and no name that says nothing (DESIGN, "Vocabulary")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Words that say nothing, and synonyms with the word to use instead.
BANNED = {
    "data": "say which",
    "info": "say which",
    "manager": "say what it does",
    "util": "say what it does",
    "utils": "say what it does",
    "helper": "say what it does",
    "helpers": "say what it does",
    "team": "crew",
    "brigade": "crew",
    "gang": "crew",
    "workshop": "area",
    "equipment": "unit",
    "sensor": "meter",
    "instrument": "meter",
    "inventory": "stock",
    "kpi": "indicator",
    "timetable": "roster",
    "profit": "value",
    "benefit": "value",
    "outlier": "suspect",
}
BANNED_NAMES = {"process"}


def words(name: str) -> list[str]:
    """The words of a name in snake_case or CamelCase."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")


def defined_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that the program itself chose: functions, classes, parameters, variables, fields. Not what others named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def offences(path: Path, text: str) -> list[str]:
    named = [(0, path.stem), (0, path.parent.name), *defined_names(ast.parse(text))]
    return [
        f"{path.name}:{line} {name}: {BANNED.get(word, 'say what it does')}"
        for line, name in named
        for word in dict.fromkeys(words(name))
        if word in BANNED or name in BANNED_NAMES
    ]


def test_source_uses_the_vocabulary(root: Path) -> None:
    assert [found for path in sorted((root / "src").rglob("*.py")) for found in offences(path, path.read_text("utf-8"))] == []


def test_vocabulary_test_sees_every_kind_of_name() -> None:
    text = "import x as utils\nclass CrewTeam: ...\ndef process(info, *, y):\n    sensor_id = y.data\n    y.kpi = metadata = 1\n"
    assert offences(Path("plant/helpers.py"), text) == [
        "helpers.py:0 helpers: say what it does",
        "helpers.py:2 CrewTeam: crew",
        "helpers.py:3 process: say what it does",
        "helpers.py:1 utils: say what it does",
        "helpers.py:3 info: say which",
        "helpers.py:4 sensor_id: meter",
        "helpers.py:5 kpi: indicator",
    ]
