"""Modules form no cycle, and the stages import in one direction (DESIGN, "The house")."""

from __future__ import annotations

from pathlib import Path

import grimp
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def in_cycles(imports: dict[str, set[str]]) -> set[str]:
    """What is left when modules that import none of the others are taken away again and again: cycles and what imports them."""
    left = {module: set(imported) for module, imported in imports.items()}
    while leaves := {module for module, imported in left.items() if not imported & left.keys()}:
        left = {module: imported for module, imported in left.items() if module not in leaves}
    return set(left)


def test_no_import_cycle() -> None:
    graph = grimp.build_graph("shiftledger", cache_dir=None)
    graph.remove_module("shiftledger")  # the front door: it loads the verbs on first use, and every module lies behind it
    assert in_cycles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == set()


def test_cycles_are_found() -> None:
    assert in_cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"e"}, "e": set()}) == {"a", "b", "c"}
    assert in_cycles({"a": {"b", "outside"}, "b": set()}) == set()


def test_layers_are_kept(root: Path) -> None:
    assert lint_imports(config_filename=str(root / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS
