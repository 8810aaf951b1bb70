"""Units that nearly every plant writes, known without a unit library: how do `t/h * h` and `kg` compare (Q8)?

Setting up Pint takes longer than all else that a short command does. What is listed here is answered here; any other text is Pint's.
A test compares every pair of the list with Pint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

# fmt: off
CURRENCIES = (
    "AED", "ARS", "AUD", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP", "GNF", "HKD", "HUF", "IDR",
    "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JPY", "KRW", "KWD", "KZT", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "OMR", "PEN", "PHP", "PKR",
    "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "UAH", "USD", "UZS", "VND", "ZAR",
)
# fmt: on

_SIZES: tuple[
    tuple[Mapping[str, int], Mapping[str, int | Fraction]], ...
] = (  # powers of dimensions, and sizes in one unit of them
    ({}, {"": 1, "1": 1, "%": Fraction(1, 100)}),
    ({"mass": 1}, {"kg": 1, "t": 1000, "g": Fraction(1, 1000)}),
    ({"time": 1}, {"s": 1, "min": 60, "h": 3600}),
    ({"volume": 1}, {"m3": 1, "L": Fraction(1, 1000)}),
    ({"energy": 1}, {"J": 1, "GJ": 10**9, "kWh": 3600 * 10**3, "MWh": 3600 * 10**6}),
    ({"energy": 1, "time": -1}, {"kW": 10**3, "MW": 10**6}),
    ({"reactive": 1, "time": 1}, {"varh": 3600, "kvarh": 3600 * 10**3}),
    ({"normal volume": 1}, {"Nm3": 1}),
    ({"dry mass": 1}, {"dmt": 1, "dmtu": Fraction(1, 100)}),
    ({"piece": 1}, {"pcs": 1}),
    *(({code: 1}, {code: 1}) for code in CURRENCIES),
)
_UNITS = {unit: (powers, Fraction(size)) for powers, sizes in _SIZES for unit, size in sizes.items()}
_TOKEN = re.compile(r"\s*([A-Za-z0-9%]+|[*/()])\s*")
LISTED = tuple(_UNITS)


@dataclass(frozen=True, slots=True)
class PlainUnit:
    """A unit as powers of its dimensions, and its size in their first units."""

    powers: tuple[tuple[str, int], ...]
    size: Fraction


@lru_cache(maxsize=4096)
def plain_unit(text: str) -> PlainUnit | None:
    """A product or quotient of listed units; None for anything else.

    >>> plain_unit("t/h * h") == plain_unit("(t)"), plain_unit("furlong")
    (True, None)
    """
    if text.strip() in ("", "1"):
        return PlainUnit((), Fraction(1))
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or re.search(r"[A-Za-z0-9%]\s+[A-Za-z0-9%]", text):
        return None
    try:
        powers, size, rest = _product(tokens)
    except (IndexError, KeyError):
        return None
    if rest:
        return None
    return PlainUnit(tuple(sorted((name, power) for name, power in powers.items() if power)), size)


def _product(tokens: list[str]) -> tuple[Mapping[str, int], Fraction, list[str]]:
    """Factors from left to right until a closing bracket; IndexError or KeyError for what is no such product."""
    powers, size, rest = _factor(tokens)
    while rest and rest[0] in "*/":
        sign = 1 if rest[0] == "*" else -1
        more, part, rest = _factor(rest[1:])
        powers = {name: powers.get(name, 0) + sign * more.get(name, 0) for name in {**powers, **more}}
        size *= part**sign
    return powers, size, rest


def _factor(tokens: list[str]) -> tuple[Mapping[str, int], Fraction, list[str]]:
    if tokens[0] == "(":
        powers, size, rest = _product(tokens[1:])
        if rest[0] != ")":
            raise KeyError(rest[0])
        return powers, size, rest[1:]
    powers, size = _UNITS[tokens[0]]
    return powers, size, tokens[1:]
