"""Numbers as people read them: money and quantities with thousands separators, a true minus and an explicit plus (L5).

What is printed multiplies out on a pocket calculator: quantities and prices are written in full, never rounded here.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from shiftledger.core.canon import plain_decimal
from shiftledger.core.money import cents_to_decimal, quantise, to_decimal
from shiftledger.core.period import moment

MINUS = "\u2212"
ABSENT = "\u2014"
Z90 = 1.645  # a 90 % interval is the value -/+ 1.645 standard uncertainties


def money(cents: int | None, decimals: int, *, sign: bool = True) -> str:
    """Cents as an amount; with `sign` a plus says that the site gains. Absent is a dash, never zero. # I8

    >>> money(764000, 2), money(-5, 2), money(0, 2), money(None, 2), money(1234567, 0, sign=False)
    ('+7,640.00', '−0.05', '0.00', '—', '1,234,567')
    """
    if cents is None:
        return ABSENT
    plus = "+" if sign and cents > 0 else ""
    return f"{MINUS if cents < 0 else plus}{cents_to_decimal(abs(cents), decimals):,f}"


def price_text(price: Decimal, decimals: int) -> str:
    """A price in full, with at least the decimals of the currency.

    >>> price_text(Decimal("100"), 2), price_text(Decimal("-0.12345"), 2)
    ('100.00', '−0.12345')
    """
    text = plain_decimal(abs(price))
    whole, _, part = text.partition(".")
    part = part.ljust(decimals, "0")
    return f"{MINUS if price < 0 else ''}{int(whole):,}{'.' + part if part else ''}"


def quantity_text(quanta: int | None, quantum: Decimal, unit: str) -> str:
    """Quanta as a quantity with its unit; a plain number ("1") has none.

    >>> quantity_text(98000, Decimal("0.001"), "t"), quantity_text(-1, Decimal("1"), ""), quantity_text(None, Decimal("1"), "t")
    ('98.000 t', '−1', '—')
    """
    if quanta is None:
        return ABSENT
    number = f"{MINUS if quanta < 0 else ''}{to_decimal(abs(quanta), quantum):,f}"
    return f"{number} {unit}" if unit not in ("", "1") else number


def time_text(time: int | None) -> str:
    """Microseconds as hours, minutes and, where there are any, seconds; absent is a dash. # I8

    >>> time_text(27_000_000_000), time_text(3_601_500_000), time_text(0), time_text(None)
    ('7:30', '1:00:01.5', '0:00', '—')
    """
    if time is None:
        return ABSENT
    minutes, rest = divmod(abs(time), 60_000_000)
    seconds = f":{rest // 1_000_000:02d}" + (f".{rest % 1_000_000:06d}".rstrip("0") if rest % 1_000_000 else "") if rest else ""
    return f"{MINUS if time < 0 else ''}{minutes // 60}:{minutes % 60:02d}{seconds}"


def plain_number(value: Decimal) -> str:
    """A decimal as it was written, with a true minus."""
    return plain_decimal(value).replace("-", MINUS)


def half_interval(sigma: float, decimals: int) -> int | None:
    """Half of the 90 % interval in cents; None where no meter error is declared, so that none is known. # I6, Q6

    >>> half_interval(10.0, 2), half_interval(0.0, 2)
    (1645, None)
    """
    if not math.isfinite(sigma) or sigma <= 0:
        return None
    return quantise(Z90 * sigma, Decimal(1).scaleb(-decimals))


def local(at: int, zone: str, form: str = "%Y-%m-%d %H:%M") -> str:
    """An instant as local time."""
    return _moment(at, zone).strftime(form)


def local_zoned(at: int, zone: str) -> str:
    """An instant as local time with its offset, to the second: 2026-03-31 06:00:00+02:00."""
    return _moment(at, zone).isoformat(sep=" ", timespec="seconds")


def from_to(start: int, end: int, zone: str) -> str:
    """A shift in local time: the date of the end only where it differs; the offsets where they do. # T2"""
    first, last = _moment(start, zone), _moment(end, zone)
    form = "%H:%M" if first.date() == last.date() else "%Y-%m-%d %H:%M"
    shift = f" ({first.strftime('%z')}/{last.strftime('%z')})" if first.utcoffset() != last.utcoffset() else ""
    return f"{first.strftime('%Y-%m-%d %H:%M')} – {last.strftime(form)}{shift}"


def hours_text(start: int, end: int) -> str:
    """Length in hours: 8 h, 7.5 h."""
    return f"{(end - start) / 3_600_000_000:g} h"


def _moment(at: int, zone: str) -> datetime:
    return moment(at, ZoneInfo(zone))
