"""Registers of generated traces: what truly flowed, what the meter showed, and where the two part (Q2)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from quantities.building import T0, raw_series
from shiftledger.core.period import HOUR, MINUTE
from shiftledger.quantities.kernel import Rule
from shiftledger.readings.batch import GOOD, Series

HOLD = 4 * HOUR
SHOWN = st.sampled_from(["", "", "", "", "zero", "small", "spike", "bad", "reset", "skip"])
STEPS = st.lists(st.tuples(st.integers(1, 100), st.integers(0, 40_000), SHOWN), min_size=2, max_size=30)
RULES = st.tuples(st.sampled_from([None, 500]), st.sampled_from([None, 60])).map(
    lambda pair: Rule(
        "counter",
        max_gap=HOUR,
        max_hold=HOLD,
        modulus=None if pair[0] is None else Decimal(pair[0]),
        max_rate=None if pair[1] is None else Decimal(pair[1]),
    )
)


def shown(steps: list[tuple[int, int, str]], first: int, modulus: Decimal | None) -> Series:
    """What a meter shows that counts thousandths: minutes to the next reading, what flows until then, what goes wrong with this one."""
    at, register, rows = T0, first, []
    for wait, rise, wrong in steps:
        value = register / 1000
        if modulus is not None:
            value %= float(modulus)
        if wrong == "reset":
            register, value = 0, 0.0
        wrongly = {"zero": 0.0, "small": 0.125, "spike": 9000.0, "bad": float("nan")}
        if wrong != "skip":
            rows.append((at, wrongly.get(wrong, value), 2 if wrong == "bad" else GOOD))
        at, register = at + wait * MINUTE, register + rise
    return raw_series("C", rows)
