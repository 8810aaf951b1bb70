"""Units: do two texts mean the same dimension, and what factor lies between them (Q8).

Pint decides dimensions, over this module's few words that plants use and Pint lacks or means otherwise (`kt` is a thousand
tonnes here, no knot; `pcs` is pieces, no parsecs). Factors are exact fractions until the last step, so the same text gives
the same float on every machine (I5). Pint is imported at the first question that `core/plain_units.py`
does not answer, never with this module.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shiftledger.core.plain_units import CURRENCIES, plain_unit

if TYPE_CHECKING:
    from pint import UnitRegistry


# What a plant writes, one definition a line in Pint's form. Normal volume, dry tonnes, reactive power and coal equivalent are dimensions
# of their own: what takes them to m3, kW or kWh is a dated factor of the plant, never a silent conversion. # Q8
WORDS = (
    "kt = 1000 * metric_ton",
    "MMBtu = 1000000 * Btu = _ = mmBtu = mmbtu",
    "dmt = [dry_mass]",
    "dmtu = dmt / 100",
    "pcs = [piece] = _ = piece = pc",
    "Nm3 = [normal_volume]",
    "var = [reactive_power] = _ = VAr = Var = VAR",
    "varh = var * hour = _ = VArh = Varh = VARh",
    "gce = [coal_equivalent]",
    "tce = 1000000 * gce",
    *(f"{code} = [money_{code}]" for code in CURRENCIES),
)

_POWER = re.compile(r"(?<![A-Za-zµ])((?:k|c|d|m|h|µ|u)?m)([23])(?![A-Za-z0-9])")  # m3, cm2: powers, not units of that name


class UnitError(ValueError):
    """A unit that is not known, or two that have no common dimension."""


def same_dimension(a: str, b: str) -> bool:
    """True if `a` and `b` measure the same thing; UnitError if either is unknown. # Q8

    >>> same_dimension("t/h", "kg/min"), same_dimension("Nm3", "m3"), same_dimension("kvarh", "kWh")
    (True, False, False)
    """
    left, right = plain_unit(a), plain_unit(b)
    if left is not None and right is not None:
        return left.powers == right.powers
    return bool(_parse(a).dimensionality == _parse(b).dimensionality)


def conversion(a: str, b: str) -> float:
    """The factor between two units: a value in `a` times it is the value in `b`. # Q8

    The empty text and "1" are the plain number. Raises UnitError for an unknown unit, for two dimensions and for scales with
    a zero of their own (degC to K is no factor).

    >>> conversion("kg", "t"), conversion("t/h * h", "t"), conversion("%", "1")
    (0.001, 1.0, 0.01)
    """
    return float(exact_conversion(a, b))


@lru_cache(maxsize=4096)
def exact_conversion(a: str, b: str) -> Fraction:
    """`conversion` as an exact fraction, for decimal arithmetic. Raises UnitError as `conversion` does.

    >>> exact_conversion("GJ", "MWh")
    Fraction(5, 18)
    """
    if not same_dimension(a, b):
        raise UnitError(f'"{a}" and "{b}" measure different things')
    first, second = plain_unit(a), plain_unit(b)
    if first is not None and second is not None:
        return first.size / second.size
    left, right = _parse(a), _parse(b)
    if left == right:
        return Fraction(1)
    try:
        return Fraction(_registry().Quantity(Fraction(1), left).to(right).magnitude) if _scales(left, right) else _no_factor(a, b)
    except ArithmeticError as error:
        raise UnitError(f'no factor between "{a}" and "{b}": {error}') from error


def _scales(left: Any, right: Any) -> bool:
    """True if both scales share their zero, so that a factor is all that lies between them."""
    quantity = _registry().Quantity
    return all(quantity(Fraction(1), unit)._is_multiplicative for unit in (left, right))


def _no_factor(a: str, b: str) -> Fraction:
    raise UnitError(f'no factor between "{a}" and "{b}": their zeros differ')


@lru_cache(maxsize=4096)
def _parse(text: str) -> Any:
    written = _POWER.sub(r"\1**\2", text.strip().replace("·", "*"))
    try:
        return _registry().parse_units(written if written not in ("", "1") else "dimensionless")
    except Exception as error:  # Pint and the tokeniser below it raise a dozen kinds; the text is a user's
        raise UnitError(f'unknown unit "{text}"') from error


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Any]:
    from pint import UnitRegistry

    registry: UnitRegistry[Any] = UnitRegistry(non_int_type=Fraction, on_redefinition="ignore", cache_folder=None)
    for word in WORDS:
        registry.define(word)
    return registry
