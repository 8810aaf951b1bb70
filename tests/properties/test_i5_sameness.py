"""I5 on generated plants: the same knowledge gives the same books, whatever the order, the names, the run or the process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from properties.closing import Closed, after, close, close_in_memory, closed, load, results, written
from properties.effort import EXAMPLES, ON_DISK, SAME
from properties.flowsheets import Knobs, knobs
from properties.plant_text import sample
from shiftledger.ledger.posting import Posting

NAMES = re.compile(r"\b(g-s\d+|g\d+|f\d+|s\d+)\b")
PREFIX = {"g": "n", "f": "w", "s": "k"}


def hashes(books: Closed) -> dict[str, str]:
    return {day.isoformat(): result.hash for day, result in books.results.items()}


def shuffled(readings: Mapping[str, str], rng: Random) -> dict[str, str]:
    """The same rows in another order, in files loaded in another order."""
    made = {}
    for name in rng.sample(sorted(readings), len(readings)):
        header, *rows = readings[name].splitlines()
        rng.shuffle(rows)
        made[name] = "\n".join([header, *rows, ""])
    return made


@SAME
@given(knobs())
@settings(max_examples=EXAMPLES)
def test_i5_order_of_rows_files_and_texts_never_matters(shape: Knobs) -> None:
    made, rng = sample(shape), Random(shape.seed)
    text = {name: made.text[name] for name in rng.sample(sorted(made.text), len(made.text))}
    again = close_in_memory(made, text, shuffled(made.readings, rng))
    assert hashes(again) == hashes(closed(shape))


@SAME
@given(knobs())
@settings(max_examples=EXAMPLES)
def test_i5_rows_of_streams_stocks_and_materials_in_another_order(shape: Knobs) -> None:
    """Tables of TOML files and lines of CSV files may be written in any order."""
    made, rng = sample(shape), Random(shape.seed)
    text = {}
    for name, content in made.text.items():
        tables = name.endswith(".toml") and "[[" not in content and name != "plant.toml"
        first, *rest = re.split(r"\n(?=\[)", content.rstrip("\n")) if tables else content.rstrip("\n").splitlines()
        if name != "plant.toml" and name not in ("rotations.toml", "sources.toml"):
            parts = [first, *rest] if tables else rest
            rng.shuffle(parts)
            content = "\n".join(parts if tables else [first, *parts]) + "\n"
        text[name] = content
    assert hashes(close_in_memory(made, text, made.readings)) == hashes(closed(shape))


@SAME
@given(knobs())
@settings(max_examples=EXAMPLES)
def test_i5_renamed_streams_stocks_and_materials_keep_every_amount(shape: Knobs) -> None:
    made, books, rng = sample(shape), closed(shape), Random(shape.seed)
    old = sorted({name for content in made.text.values() for name in NAMES.findall(content)})
    numbers = rng.sample(range(10, 99), len(old))
    new = {name: f"{PREFIX[name[0]]}{number}" for name, number in zip(old, numbers, strict=True)}
    back = {renamed: name for name, renamed in new.items()}
    there, again = (_renaming(names) for names in (new, back))
    renamed = close_in_memory(
        made,
        {name: there(content) for name, content in made.text.items()},
        {name: there(content) for name, content in made.readings.items()},
    )
    assert sorted(map(_row, books.postings)) == sorted(_row(_with_names(row, again)) for row in renamed.postings)
    for one, other in zip(books.statements, renamed.statements, strict=True):
        assert (one.value, one.plan, one.standard, one.allowed) == (other.value, other.plan, other.standard, other.allowed)
        assert sorted((s.name, s.item, s.amount) for s in one.steps) == sorted(
            (s.name, again(s.item), s.amount) for s in other.steps
        )


def _renaming(names: Mapping[str, str]) -> Callable[[str], str]:
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + r")\b")
    return lambda content: pattern.sub(lambda found: names[found[1]], content)


def _with_names(row: Posting, renaming: Callable[[str], str]) -> Posting:
    return replace(row, source=renaming(row.source), target=renaming(row.target), what=renaming(row.what))


def _row(row: Posting) -> tuple[str, ...]:
    return tuple(str(part) for part in (*row.sort_key, row.qty, row.price, row.amount, row.status))


@SAME
@given(knobs())
@settings(max_examples=ON_DISK)
def test_i5_one_run_or_day_by_day_on_disk_or_in_memory(shape: Knobs) -> None:
    """The lake, its halo, the order of loads and the order of closes leave no trace in a result."""
    made, expected, rng = sample(shape), hashes(closed(shape)), Random(shape.seed)
    days = made.facts.calendar.labels()
    for one_by_one in (False, True):
        with TemporaryDirectory() as folder:
            plant = written(made, Path(folder))
            load(plant, sorted(made.readings, reverse=one_by_one), after(made, 1))
            for day in rng.sample(days, len(days)) if one_by_one else []:
                close(plant, [day])
            close(plant, days)
            assert {day.isoformat(): result.hash for day, result in results(plant, days).items()} == expected


SCRIPT = """
import json, sys
from properties.closing import closed
from properties.flowsheets import Knobs
from properties.test_i5_sameness import hashes
print(json.dumps([hashes(closed(Knobs(**shape))) for shape in json.loads(sys.argv[1])]))
"""
SHAPES = [
    {"seed": 7, "more_areas": 2, "stocks": 3, "calendar": 2, "band": True, "changes": True, "substitutes": 3, "gaps": True, "fills": True},
    {"seed": 8, "more_areas": 1, "more_units": 2, "stocks": 2, "days": 3, "calendar": 3, "exact": True, "substitutes": 2},
]  # fmt: skip


def test_i5_another_process_hash_seed_locale_and_zone(root: Path) -> None:
    environments = (
        {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "1", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8"},
        {"PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns", "OMP_NUM_THREADS": "1"},
    )
    path = os.pathsep.join(str(root / part) for part in ("src", "tests"))
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, json.dumps(SHAPES)],
            env={**os.environ, **environment, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        for environment in environments
    ]
    expected = [hashes(closed(Knobs(**shape))) for shape in SHAPES]  # type: ignore[arg-type]
    for run in runs:
        printed, _ = run.communicate(timeout=240)
        assert run.returncode == 0
        assert json.loads(printed) == expected
