"""Money and posted quantities: the only module that rounds (L5; FORMATS "Rounding").

Quantities are whole multiples of a quantum (int64 quanta), money is whole cents (or whole units of a currency's smallest
decimal). Everything is decimal and integer arithmetic: the same bytes on every machine (I5, exact level).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

# Wide enough for int64 quanta times any price; `ROUND_HALF_UP` in `decimal` is half away from zero. # L5
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def whole(value: Decimal) -> int:
    """`value` rounded half away from zero to an integer. # L5

    >>> whole(Decimal("0.5")), whole(Decimal("-0.5")), whole(Decimal("2.4999"))
    (1, -1, 2)
    """
    return int(value.to_integral_value(rounding=ROUND_HALF_UP, context=EXACT))


def quantise(value: float | Decimal, quantum: Decimal) -> int:
    """Number of quanta nearest to `value` (same unit as `quantum`), half away from zero. # L5

    A float enters by its shortest decimal form, so 0.0005 is the half that it is printed as. Raises ValueError if it
    is not finite.

    >>> quantise(98.0, Decimal("0.001")), quantise(0.0005, Decimal("0.001")), quantise(-0.0005, Decimal("0.001"))
    (98000, 1, -1)
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if not exact.is_finite():
        raise ValueError(f"not a finite quantity: {value!r}")
    return whole(EXACT.divide(exact, quantum))


def amount(quanta: int, quantum: Decimal, price: Decimal, decimals: int = 2) -> int:
    """Cents of `quanta` x `quantum` at `price` per unit, rounded half away from zero. # L5

    >>> amount(97938, Decimal("0.001"), Decimal("100"))
    979380
    """
    return whole(EXACT.multiply(EXACT.multiply(Decimal(quanta), quantum), price).scaleb(decimals, context=EXACT))


def rounded(value: Fraction, decimals: int) -> Decimal:
    """An exact figure with so many decimals, half away from zero. # L5

    >>> rounded(Fraction(1, 8), 2), rounded(Fraction(-1, 8), 2), rounded(Fraction(2, 3), 0)
    (Decimal('0.13'), Decimal('-0.13'), Decimal('1'))
    """
    scaled = abs(value) * 10**decimals
    units = int(scaled + Fraction(1, 2))
    return Decimal(-units if value < 0 else units).scaleb(-decimals, context=EXACT)


def to_decimal(units: int, quantum: Decimal) -> Decimal:
    """The quantity that `units` quanta are, exactly."""
    return EXACT.multiply(Decimal(units), quantum)


def cents_to_decimal(cents: int, decimals: int = 2) -> Decimal:
    """Cents as an amount of the currency, exactly."""
    return Decimal(cents).scaleb(-decimals, context=EXACT)


def split(total: int, weights: Sequence[int | float | Decimal | Fraction]) -> tuple[int, ...]:
    """`total` in whole parts by `weights` (>= 0), by largest remainder; equal remainders go to the earlier part. # I4, L5

    The parts sum to `total` exactly; a negative total is the mirror image of the positive one. Weights that are all zero count
    as equal. The caller's order is therefore the order of ties and must be permanent (crew id, member number), never
    the order of arrival.

    >>> split(100, [1, 1, 1]), split(-1, [1, 1]), split(7, [0, 0])
    ((34, 33, 33), (-1, 0), (4, 3))
    """
    if not weights:
        raise ValueError("nothing to split among")
    exact = [Fraction(w) for w in weights]
    if any(w < 0 for w in exact):
        raise ValueError("weights must not be negative")
    if not any(exact):
        exact = [Fraction(1)] * len(exact)
    sign, whole_weight = -1 if total < 0 else 1, sum(exact)
    shares = [abs(total) * w / whole_weight for w in exact]
    parts = [int(share) for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
    for i in by_remainder[: abs(total) - sum(parts)]:
        parts[i] += 1
    return tuple(sign * part for part in parts)


def cumulative(total: int, before: int, until: int, whole_span: int) -> int:
    """The part of `total` that falls on [before, until) of a span `whole_span` long, by rounding the running sum. # L5

    Parts of consecutive intervals sum to the total exactly. Only for amounts known beforehand (fixed charges, budgets).

    >>> [cumulative(100, i, i + 1, 3) for i in range(3)]
    [33, 34, 33]
    """
    if whole_span <= 0:
        raise ValueError("an empty span has no parts")

    def running(at: int) -> int:
        return whole(EXACT.divide(EXACT.multiply(Decimal(total), Decimal(at)), Decimal(whole_span)))

    return running(until) - running(before)
