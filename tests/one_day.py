"""A small plant for examples worked by hand: text, constant rates per shift, closed days. Days are 2026-05-01 and 02, UTC, D 06:00 and N 18:00."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import shiftledger as sl
from properties.formula_words import every_formula, faults, sentence_missing
from shiftledger.api import PlantView
from shiftledger.api.stores import stored_state
from shiftledger.engine.books import open_books
from shiftledger.engine.explain import sealed_day
from shiftledger.ledger.statement import Statement

DAY, NEXT_DAY = "2026-05-01", "2026-05-02"
D, N, D2, N2 = "2026-05-01.D", "2026-05-01.N", "2026-05-02.D", "2026-05-02.N"
STARTS = ("2026-05-01T06:00:00Z", "2026-05-01T18:00:00Z", "2026-05-02T06:00:00Z", "2026-05-02T18:00:00Z", "2026-05-03T06:00:00Z")
SOON = "2026-05-03T07:00:00Z"

FRAME = {
    "plant.toml": '[plant]\nid = "worked"\ncurrency = "EUR"\nzone = "UTC"\nday_start = 06:00:00\n',
    "rotations.toml": """[rotation.two]
pattern = "DN"
anchor = 2026-05-01
crews = {A = 0, B = 1}
slots = [{id = "D", start = 06:00:00}, {id = "N", start = 18:00:00}]
""",
    "sources.toml": '[source.all]\nmatch = "*.csv"\n',
}


def tonnes(**per_shift: Sequence[float | str]) -> str:
    """Rate readings of tags (`_` for `-`) from the tonnes of each 12 h shift."""
    rows = [
        f"{at},{tag.replace('_', '-')},{float(amount) / 12!r}\n"
        for tag, amounts in per_shift.items()
        for at, amount in zip(STARTS, [*amounts, 0], strict=False)
    ]
    return "".join(rows)


def written(target: Path, text: Mapping[str, str], readings: Mapping[str, str]) -> Path:
    folder = target / "worked"
    rows = {name: "time,tag,value\n" + body for name, body in readings.items()}
    for name, content in {**FRAME, **text, **rows}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder


def opened(target: Path, text: Mapping[str, str], readings: str | Mapping[str, str], until: str = DAY) -> PlantView:
    """The plant with its readings loaded (of several files the first) and its days closed."""
    files = {"readings/all.csv": readings} if isinstance(readings, str) else readings
    plant = sl.open(written(target, text, files))
    load(plant, next(iter(files)))
    close(plant, until)
    return plant


def load(plant: PlantView, *files: str, known_at: str = SOON) -> None:
    done = sl.load(plant, [plant.folder / name for name in files], known_at=known_at)
    assert done.ok, done.issues


def close(plant: PlantView, until: str = DAY, since: str = DAY) -> None:
    done = sl.close(plant, since, until)
    assert done.ok, done.issues


def statement(plant: PlantView, area: str, shift: str = D) -> Statement:
    found = sl.statement(plant, shift, area)
    assert found.ok, found.issues
    (one,) = found.statements
    start = one.plan if one.plan is not None else one.standard
    if start is not None and one.steps:
        assert start + sum(step.amount for step in one.steps) == one.value
    return one


def site(plant: PlantView, shift: str = D) -> dict[str, int]:
    return {account: cents for account, cents in sl.statement(plant, shift).site.items() if cents}


def steps(found: Statement) -> dict[str, int]:
    """The bridge, by step and item, without zeros."""
    return {f"{s.name} {s.item}".strip(): s.amount for s in found.steps if s.amount}


def misprints(plant: PlantView, *days: str) -> list[str]:
    """Formulas of sealed days that do not come out on a pocket calculator, or have no words."""
    from datetime import date

    wrong = []
    with stored_state(plant, create=False) as stored:
        books = open_books(plant.plant, stored)
        for day in days or (DAY,):
            found = sealed_day(books, date.fromisoformat(day), "x").result
            assert found is not None
            for address, formula in every_formula(found, plant.plant):
                wrong += [
                    *faults(address, formula, plant.plant.settings.money_decimals),
                    *([f"{address}: no words"] if sentence_missing(formula) else []),
                ]
    return wrong
