"""I7: every figure that a statement prints opens under an obvious address, in both languages and in JSON, and is that figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

import evaporator as ev
import shiftledger as sl
import two_tanks as w
from properties.formula_words import every_formula, faults, printed, sentence_missing
from shiftledger.api import PlantView, StatementView
from shiftledger.api.stores import stored_state
from shiftledger.core.trace import Node, evaluate
from shiftledger.engine.addresses import meant
from shiftledger.engine.books import open_books
from shiftledger.engine.explain import OPERATIONS, sealed_day, trees
from shiftledger.ledger.statement import Statement
from shiftledger.render.decision_text import explained_text
from shiftledger.render.items import line_name, step_name
from shiftledger.render.json_form import json_of
from shiftledger.render.statement_text import statement_text
from shiftledger.render.text import width


def figures(s: Statement) -> Iterator[tuple[str, object]]:
    """(address, value) of every figure of an area's statement, by the words that its JSON has."""
    base = f"ledger/{s.shift}/{s.area}"
    yield base, s.value
    for name in ("plan", "standard", "allowed"):
        if getattr(s, name) is not None:
            yield f"{base}/{name}", getattr(s, name)
    yield f"{base}/actual", s.value
    for line in s.lines:
        of_it = sum(one.amount for one in s.lines if one.what == line.what)
        yield f"{base}/{line.what}", of_it
    for step in s.steps:
        yield "/".join(part for part in (base, "bridge", step.name, step.item) if part), step.amount
    for stock in s.stocks:
        yield f"stocks/{s.shift}/{stock.stock}/opening", stock.opening
        yield f"stocks/{s.shift}/{stock.stock}/closing", stock.closing
        if stock.residual is not None:
            yield f"stocks/{s.shift}/{stock.stock}/residual", stock.residual
    for one in s.conditions:
        if one.value is not None:
            yield f"conditions/{s.shift}/{s.area}/{one.name}", None
    for hour in s.hours:
        what = hour.what if hour.what in ("running", "unknown") else f"halt/{hour.what}"
        yield f"hours/{s.shift}/{hour.unit}/{what}", hour.time
    for figure in s.figures:
        yield f"indicators/{s.shift}/{s.area}/{figure.id}", None


def of_shift(view: StatementView) -> Iterator[tuple[str, object]]:
    """The figures of the whole shift: every area, the site's accounts, and their sums. # L2"""
    shift = view.statements[0].shift
    for statement in view.statements:
        yield from figures(statement)
    yield from ((f"ledger/{shift}/{account}", cents) for account, cents in view.site.items())
    areas, site = sum(s.value for s in view.statements), sum(view.site.values())
    yield from ((f"ledger/{shift}/areas", areas), (f"ledger/{shift}/site", site), (f"ledger/{shift}/plant", areas + site))
    yield f"ledger/{shift}/with-states", areas + site - view.site.get("site:shadow", 0)


def opened(plant: PlantView, shift: str) -> dict[str, Node]:
    with stored_state(plant, create=False) as stored:
        books = sealed_day(open_books(plant.plant, stored), date.fromisoformat(shift[:10]), "x").result
    assert books is not None
    return trees(books, shift)


def two_tanks(folder: Path) -> tuple[PlantView, tuple[str, ...]]:
    return w.opened(folder), (w.SHIFT, w.NEXT, "2026-03-31.D")


def evaporator(folder: Path) -> tuple[PlantView, tuple[str, ...]]:
    return ev.opened(folder), (ev.D, ev.E, ev.N)


@pytest.mark.parametrize("made", [two_tanks, evaporator])
def test_i7_every_line_of_a_statement_opens_to_its_figure(
    tmp_path: Path, made: Callable[[Path], tuple[PlantView, tuple[str, ...]]]
) -> None:
    plant, shifts = made(tmp_path)
    faults, count = [], 0
    for shift in shifts:
        view = sl.statement(plant, shift)
        tree = opened(plant, shift)
        for address, value in of_shift(view):
            found = meant(tree, address.split("/"), plant.plant)
            count += 1
            if found is None:
                faults.append(f"{address} opens nothing")
            elif value is not None and (tree[found].value != value or evaluate(tree[found], OPERATIONS) != value):
                faults.append(f"{address} is {tree[found].value}, not {value}")
    assert faults == [], "\n".join(faults)
    assert count > 40


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("made", [two_tanks, evaporator])
def test_i7_every_printed_name_is_an_address(
    tmp_path: Path, made: Callable[[Path], tuple[PlantView, tuple[str, ...]]], lang: str
) -> None:
    plant, shifts = made(tmp_path)
    view = sl.statement(plant, shifts[0], lang=lang)
    tree, text = opened(plant, shifts[0]), statement_text(view, lang)
    names = view.names
    for s in view.statements:
        for line in s.lines:
            assert line_name(line, names, lang) in text  # type: ignore[arg-type]
            material = line.what.partition("@")[0].partition(":")[0]
            said = names.name("material", material, lang)  # type: ignore[arg-type]
            if line.kind == "flow" and said != material:
                assert meant(tree, ["ledger", s.shift, names.name("area", s.area, lang), said], plant.plant), said  # type: ignore[arg-type]
        for step in s.steps:
            assert step_name(step, names, lang) in text  # type: ignore[arg-type]
        for stock in s.stocks:
            assert meant(tree, ["stocks", s.shift, names.name("stock", stock.stock, lang), "closing"], plant.plant)  # type: ignore[arg-type]


def test_i7_a_state_opens_by_its_bare_name_and_a_slip_is_answered_with_what_is_like_it(tmp_path: Path) -> None:
    plant = ev.opened(tmp_path)
    for name in ("state:fouling", "fouling", "Fouling"):
        view = sl.explain(plant, f"ledger/{ev.E}/evaporation/{name}")
        assert view.node is not None, view.issues
        assert view.node.value == -1_600_000  # Phi(0.34) - Phi(0.26) = -42,000 + 26,000
    (issue,) = sl.explain(plant, f"ledger/{ev.E}/evaporation/foulin").issues
    assert f"Closest: ledger/{ev.E}/evaporation/state:fouling" in issue.remedy
    (issue,) = sl.explain(plant, f"ledger/{ev.E}/evaporator/steam").issues
    assert f"ledger/{ev.E}/evaporation/steam" in issue.remedy


@pytest.mark.parametrize("made", [two_tanks, evaporator])
def test_l4_every_amount_states_its_formula_with_figures_that_come_out(
    tmp_path: Path, made: Callable[[Path], tuple[PlantView, tuple[str, ...]]]
) -> None:
    """The printed numbers are multiplied, rounded and added by themselves; every sort of amount has its sentence in both languages."""
    plant, shifts = made(tmp_path)
    lines, wrong = set(), []
    with stored_state(plant, create=False) as stored:
        stands = open_books(plant.plant, stored)
        days = [sealed_day(stands, day, "x").result for day in dict.fromkeys(date.fromisoformat(shift[:10]) for shift in shifts)]
    for books in days:
        assert books is not None
        for address, formula in every_formula(books, plant.plant):
            lines.add(formula.line)
            wrong += [*faults(address, formula, 2), *([address] if sentence_missing(formula) else [])]
    assert wrong == [], "\n".join(wrong)
    assert {"value", "standard", "allowed", "yield", "usage", "conditions", "item"} <= lines


def test_l4_the_formula_of_a_usage_as_it_is_printed(tmp_path: Path) -> None:
    """W: allowed 0.23 x 89.000 = 20.470 t, used 20.000 t, at 150.00: +70.50."""
    plant = w.opened(tmp_path)
    view = sl.explain(plant, f"ledger/{w.SHIFT}/filter/bridge/usage/steam")
    assert view.node is not None
    for lang, word, steam in (("en", "usage = (allowed use", "steam"), ("zh", "单耗差 =（允许用量", "蒸汽")):
        text = printed(view.address, view.node, plant.plant, lang)
        assert word in text
        assert f"{steam}: (20.470 − 20.000) t × 150.00{' ' * (42 - width(steam))}+70.50" in text
        assert "20.470 = 89.000 × 0.23\n" in text
        assert "0.23 = 0.22 + 0.005 × (10.000 − 8)\n" in text
        assert max(map(width, text.splitlines())) <= 80
    told = json_of(view)["formula"]
    assert (told["line"], told["item"], told["amount"]) == ("usage", "steam", 7050)
    assert [(t["what"], t["quanta"], t["price"], t["amount"]) for t in told["terms"]] == [("steam", [-20000, 20470], "150", 7050)]


def test_l4_an_item_states_its_formula_and_in_chinese_its_name(tmp_path: Path) -> None:
    """W: steam 20.000 t x 150.00. The evaporator: a charge, a premium and a state are no quantities at a planned price."""
    plant = w.opened(tmp_path / "w")
    view = sl.explain(plant, f"ledger/{w.SHIFT}/filter/steam")
    assert explained_text(view, "en", depth=0).startswith(
        "Formula: amount = quantity × planned price\n  steam: −20.000 t × 150.00                                            −3,000.00\n"
    )
    assert "\n  蒸汽: −20.000 t × 150.00 " in explained_text(view, "zh", depth=0)
    usage = sl.explain(plant, f"ledger/{w.SHIFT}/filter/bridge/usage/steam")
    assert "  允许：产品所用的蒸汽: 20.470 = 89.000 × 0.23\n" in explained_text(usage, "zh", depth=0)
    other = ev.opened(tmp_path / "ev")
    said = {  # the first line of each
        item: explained_text(sl.explain(other, f"ledger/{ev.E}/evaporation/{item}"), "en", depth=0).partition("\n")[0]
        for item in ("fixed:depreciation", "quality:strong@alkali", "state:fouling")
    }
    assert said == {
        "fixed:depreciation": "Formula: fixed = the part of the budget that falls on the shift's hours",
        "quality:strong@alkali": "Formula: quality = quantity × premium or penalty per unit",
        "state:fouling": "Formula: change of state = its worth when handed over − its worth when taken",
    }
