"""Indicators of a shift over posted quantities, states, components and factors (N1, Q8, I8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

import hand_made as h
from shiftledger.balance.nodes import balance
from shiftledger.core.trace import evaluate
from shiftledger.engine.explain import OPERATIONS
from shiftledger.indicators.figures import figures, formula_checks
from shiftledger.plant.model import Factor, IndicatorRow, Meter, Plant
from shiftledger.quantities.quantity import ShiftQuantities

FLOWS = {"ore": 100_000, "to-T": 98_000, "from-T": 90_000, "product": 89_000, "steam": 20_000}


def plant(*rows: IndicatorRow, **changes: object) -> Plant:
    return h.plant(indicators={row.id: row for row in rows}, **changes)


def values(of: Plant, quantities: ShiftQuantities | None = None, area: str = "filter") -> dict[str, int | None]:
    found, issues, _ = figures(of, area, quantities or (q := h.quantities(of, FLOWS, {})), balance(of, quantities or q).result)
    assert issues == ()
    for figure, node in found:
        assert evaluate(node, OPERATIONS) == figure.value
    return {figure.id: figure.value for figure, _ in found}


def test_n1_a_formula_over_streams_and_hours_at_its_quantum() -> None:
    rate = IndicatorRow("rate", "filter", "stream.steam / hours", quantum=Decimal("0.01"))
    other = IndicatorRow("other", "mill", "stream.ore")
    assert values(plant(rate, other)) == {"rate": 250}
    assert values(plant(rate, other), area="mill") == {"other": 100_000}


def test_q8_the_dated_factor_of_the_day_counts() -> None:
    co2 = IndicatorRow("co2", "filter", "stream.steam * factor.co2.steam", quantum=Decimal("0.1"))
    factors = (
        Factor("co2", "steam", Decimal("0.2"), "t/t", valid_to=date(2026, 3, 30)),
        Factor("co2", "steam", Decimal("0.3"), "t/t", valid_from=h.DAY),
    )
    assert values(plant(co2, factors=factors)) == {"co2": 60}
    assert values(plant(co2, factors=factors[:1])) == {"co2": None}, "no factor holds: absent, not zero"


def test_i8_an_absent_quantity_makes_the_figure_absent() -> None:
    use = IndicatorRow("use", "filter", "stream.steam / stream.product")
    of = plant(use)
    assert values(of, h.quantities(of, {**FLOWS, "steam": None}, {})) == {"use": None}
    assert values(of, h.quantities(of, {**FLOWS, "product": 0}, {})) == {"use": None}, "per nothing"


def test_n1_conditions_enter_by_name() -> None:
    dry = IndicatorRow("dry", "filter", "stream.product * (1 - component.moisture / 100)")
    of = plant(dry, meters=(Meter("LAB", "lab", stream="product", component="moisture", quantum=Decimal("0.1")),))
    measured = h.quantities(of, FLOWS, {}, conditions={("filter", "moisture"): h.quantity(100)})
    assert values(of, measured) == {"dry": 80_100}
    assert values(of) == {"dry": None}


def test_q3_hours_and_starts_of_a_unit_enter_by_name() -> None:
    rows = (
        IndicatorRow("share", "mill", "100 * running.U1 / (hours - unknown.U1)"),
        IndicatorRow("faults", "mill", "halt.mechanical.U1 + halt.electrical.U1"),
        IndicatorRow("starts", "mill", 'starts["U1"]'),
        IndicatorRow("other", "mill", "running.U2"),
    )
    of = plant(*rows)
    # 6 h of running, 1.5 h of a mechanical halt, half an hour that nobody knows.
    node = h.unit_time("U1", "mill", running=360, unknown=30, halts={"mechanical": 90}, starts=1)
    expected = {"share": 80_000, "faults": 1_500, "starts": 1_000, "other": None}
    assert values(of, h.quantities(of, FLOWS, {}, units={"U1": node}), area="mill") == expected
    assert set(values(of, area="mill").values()) == {None}, "nothing is said of the unit: absent, not zero"
    assert formula_checks(of) == ()
    wrong = plant(IndicatorRow("a", "mill", "running.U9 + halt.weather.U1 + halt.U1 + starts"))
    assert [i.message for i in formula_checks(wrong)] == [
        'indicator "a": nothing is called halt.U1, halt.weather.U1, running.U9, starts'
    ]


def test_n1_formulas_are_checked_before_any_day_is_closed() -> None:
    wrong = (
        IndicatorRow("a", "filter", "stream.steam +"),
        IndicatorRow("b", "filter", "stream.stream + hours"),
        IndicatorRow("c", "filter", "factor.co2.steam + state.x + component.y"),
    )
    assert [(i.code, i.message) for i in formula_checks(plant(*wrong))] == [
        ("N001", 'indicator "a": not an arithmetic formula'),
        ("N002", 'indicator "b": nothing is called stream.stream'),
        ("N002", 'indicator "c": nothing is called component.y, factor.co2.steam, state.x'),
    ]
    assert formula_checks(plant(replace(wrong[0], formula="stream.steam"))) == ()
    found, issues, _ = figures(
        plant(*wrong), "filter", h.quantities(h.plant(), FLOWS, {}), balance(h.plant(), h.quantities(h.plant(), FLOWS, {})).result
    )
    assert found == ()
    assert [issue.code for issue in issues] == ["N001", "N002", "N002"]


def assays(f: int | None, c: int, t: int, sigma: float = 0.0, **changes: object) -> tuple[Plant, ShiftQuantities]:
    """Iron in quanta of 0.1 % at three samplers of the filter; the indicator is the recovery in %."""
    row = IndicatorRow("rec", "filter", "100 * recovery(component.feed, component.conc, component.tail)", quantum=Decimal("0.1"))
    names = ("feed", "conc", "tail")
    meters = tuple(Meter(n, "lab", "%", stream="product", component=n, quantum=Decimal("0.1")) for n in names)
    of = plant(row, meters=meters)
    given = {("filter", n): h.quantity(q, sigma, n) for n, q in zip(names, (f, c, t), strict=True)}
    given[("filter", "feed")] = replace(given[("filter", "feed")], **changes)  # type: ignore[arg-type]
    return of, h.quantities(of, FLOWS, {}, conditions=given)


def test_q5_a_recovery_in_a_formula() -> None:
    """40, 60 and 10 %: 90.0 %."""
    of, measured = assays(400, 600, 100, 0.5)
    ((figure, node),), issues, decisions = figures(of, "filter", measured, balance(of, measured).result)
    assert (figure.value, issues, decisions) == (900, (), ())
    assert evaluate(node, OPERATIONS) == 900
    assert node.label == "rec (recovery 0.9000 \N{PLUS-MINUS SIGN} 0.0072)"


def test_q5_a_refused_recovery_is_absent_with_an_issue_and_a_decision() -> None:
    of, measured = assays(600, 400, 100)
    ((figure, node),), issues, decisions = figures(of, "filter", measured, balance(of, measured).result)
    assert (figure.value, node.value, evaluate(node, OPERATIONS)) == (None, None, None)
    assert [(issue.code, issue.message) for issue in issues] == [
        ("N003", '2026-03-31.E: indicator "rec" is absent, for concentrate (40) is not above feed (60)')
    ]
    span = measured.shift.span
    assert [(d.kind, d.clause, d.about, d.start, d.end) for d in decisions] == [
        ("recovery-refused", "Q5", "rec", span.start, span.end)
    ]


GRADES = "100 * recovery(assay.Fe.feed, assay.Fe.conc, assay.Fe.tail)"


def graded(
    f: int | None, c: int, t: int, sigma: float = 0.0, formula: str = GRADES, **changes: object
) -> tuple[Plant, ShiftQuantities]:
    """Iron in quanta of 0.1 % in three streams of the filter: one component, as in any plant that floats."""
    streams = h.streams(("feed", "outside", "U2", "ore"), ("conc", "U2", "outside", "ore"), ("tail", "U2", "outside", "ore"))
    meters = tuple(Meter(f"LAB-{n}", "lab", "%", stream=n, component="Fe", quantum=Decimal("0.1")) for n in streams)
    of = plant(IndicatorRow("rec", "filter", formula, quantum=Decimal("0.1")), streams=streams, stocks={}, meters=meters)
    given = {(n, "Fe"): h.quantity(q, sigma, n) for n, q in zip(("feed", "conc", "tail"), (f, c, t), strict=True)}
    given["feed", "Fe"] = replace(given["feed", "Fe"], **changes)  # type: ignore[arg-type]
    return of, h.quantities(of, {}, {}, assays=given)


def test_q5_one_component_in_feed_concentrate_and_tailings() -> None:
    """Fe 40 % in, 60 % and 10 % out: of 40 t in 100 t, 36 t are in 60 t of concentrate: 90.0 %."""
    of, measured = graded(400, 600, 100, 0.5)
    assert formula_checks(of) == ()
    ((figure, node),), issues, decisions = figures(of, "filter", measured, balance(of, measured).result)
    assert (figure.value, issues, decisions) == (900, (), ())
    assert evaluate(node, OPERATIONS) == 900
    assert node.label == "rec (recovery 0.9000 \N{PLUS-MINUS SIGN} 0.0072)"


@pytest.mark.parametrize(
    ("f", "c", "t", "sigma", "changes", "why"),
    [
        (600, 400, 100, 0.0, {}, "concentrate (40) is not above feed (60)"),
        (90, 600, 100, 0.0, {}, "feed (9) is not above tailings (10)"),
        (105, 600, 100, 0.5, {}, "feed and tailings differ by 0.5, within the standard uncertainty 0.707107 of their difference"),
        (400, 600, 100, 0.0, {"coverage": 0.5}, "the assay of the feed is stale: it is known for 50.0% of the time only"),
        (None, 600, 100, 0.0, {}, "the assay of the feed is absent"),
    ],
)
def test_q5_it_is_refused_where_the_three_assays_cannot_support_it(
    f: int | None, c: int, t: int, sigma: float, changes: dict[str, object], why: str
) -> None:
    of, measured = graded(f, c, t, sigma, **changes)
    ((figure, _),), issues, (told,) = figures(of, "filter", measured, balance(of, measured).result)
    assert figure.value is None
    assert [issue.message for issue in issues] == [f'2026-03-31.E: indicator "rec" is absent, for {why}']
    assert told.kind == "recovery-refused"


def test_n1_an_assay_of_a_stream_enters_by_name_also_with_a_hyphen() -> None:
    of, measured = graded(400, 600, 100, formula='assay.Fe["feed"] / assay.Fe.tail')
    assert values(of, measured) == {"rec": 40}
    assert values(of, h.quantities(of, {}, {})) == {"rec": None}, "no sample: absent, not zero"
    wrong = plant(IndicatorRow("a", "filter", "assay.Cu.ore + assay.Fe + assay.Fe.nowhere"), meters=of.meters)
    assert [i.message for i in formula_checks(wrong)] == [
        'indicator "a": nothing is called assay.Cu.ore, assay.Fe, assay.Fe.nowhere'
    ]


@pytest.mark.parametrize(
    ("formula", "allowed"),
    [
        ("recovery(assay.Fe.feed, assay.Fe.conc, assay.Fe.tail)", True),
        ('recovery(assay.Fe["feed"], assay.Fe["conc"], assay.Fe["tail"])', True),
        ("recovery(assay.Fe.feed, assay.Si.conc, assay.Fe.tail)", False),  # two components
        ("recovery(assay.Fe.feed, component.conc, assay.Fe.tail)", False),
        ("recovery(assay.Fe, assay.Fe, assay.Fe)", False),
        ("recovery(stream.feed, stream.conc, stream.tail)", False),
    ],
)
def test_n1_a_recovery_is_of_one_component_in_three_streams(formula: str, allowed: bool) -> None:
    of, _ = graded(400, 600, 100, formula=formula)
    assert [issue.code for issue in formula_checks(of)] == ([] if allowed else ["N001"])


def test_n1_a_recovery_takes_three_components_and_nothing_else() -> None:
    rows = [
        IndicatorRow("a", "filter", "recovery(stream.ore, component.x, component.x)"),
        IndicatorRow("b", "filter", "recovery(component.x, component.x)"),
        IndicatorRow("c", "filter", "recovery(component.x + 1, component.x, component.x)"),
    ]
    of = plant(*rows, meters=(Meter("LAB", "lab", stream="product", component="x"),))
    assert [issue.code for issue in formula_checks(of)] == ["N001", "N001", "N001"]
