"""What a market-linked price rests on, as frozen rows: the formulas of links.toml and the dated quotations of quotes/*.csv (L1).

Like `plant/model.py`, which has a plant's other rows: field names are the columns of `plant/schema.py`, `at` takes no part in
comparisons. What they come to is `plant/linked.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shiftledger.core.issue import Location
from shiftledger.plant.terms import NOWHERE


@dataclass(frozen=True, slots=True)
class Link:
    """links.toml: how a price follows from quotations.

    The window is `window` calendar months; `lag` whole months lie between its last month and the month in which the price begins to hold. What was
    published later than `cut` days after that beginning does not count.
    """

    id: str
    formula: str
    lag: int = 0  # months
    window: int = 1  # months
    cut: int = 0  # days; negative: before the price begins to hold
    decimals: int = 2
    missing: str = "refuse"  # refuse | carry
    at: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quote:
    """quotes/*.csv: what a quotation stood at in a month, quarter or day, as it was published on a day."""

    quote: str
    period: str  # 2026-02, 2026-Q1 or 2026-02-14
    value: Decimal
    unit: str  # such as USD/t, CNY/USD
    published: date
    source: str = ""
    at: Location = field(default=NOWHERE, compare=False, repr=False)


_PERIOD = re.compile(r"(\d{4})-(?:(\d\d)|Q([1-4])|(\d\d)-(\d\d))")
GRAINS = ("month", "quarter", "day")


def grain_of(period: str) -> str:
    """ "month", "quarter" or "day"; "" if `period` is none of them.

    >>> grain_of("2026-02"), grain_of("2026-Q1"), grain_of("2026-02-14"), grain_of("2026-13")
    ('month', 'quarter', 'day', '')
    """
    found = _PERIOD.fullmatch(period)
    if not found or not 1900 <= int(found[1]) <= 2999:
        return ""
    if found[3]:
        return "quarter"
    try:
        date.fromisoformat(period if found[4] else f"{period}-01")
    except ValueError:
        return ""
    return "day" if found[4] else "month"


def period_in(month: int, grain: str) -> str:
    """How the periods of a grain that belong to a month begin; months are counted from the year 0.

    >>> period_in(2026 * 12 + 1, "quarter"), period_in(2026 * 12 + 1, "day")
    ('2026-Q1', '2026-02')
    """
    year, number = divmod(month, 12)
    return f"{year:04d}-Q{number // 3 + 1}" if grain == "quarter" else f"{year:04d}-{number + 1:02d}"


def month_number(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1
