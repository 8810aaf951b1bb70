"""Where the numbers in plants/steel-energy/standards.csv come from: run it on the file of readings and compare.

    python bench/steel_standards.py steel_industry_15min.csv.gz

Base: January to March 2018. A slot's standard is its mean power in the base (kWh per hour). The slope of `weekend` is the mean of
weekend shifts less that of weekday shifts, its reference the share of weekend days, so that the standard is the mean.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

QUARTER = timedelta(minutes=15)
FIRST, LAST = date(2018, 1, 1), date(2018, 3, 31)
SLOT_HOURS = 8
SLOTS = "NDE"
SOURCE = "base: mean of 2018-01-01 to 2018-03-31 in these readings"


def quarters(path: Path) -> Iterator[tuple[datetime, Decimal, bool]]:
    """Start of each quarter of an hour, its kWh, and whether it lies on a weekend."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    for row in csv.DictReader(text.splitlines()):
        end = datetime.strptime(row["date"], "%d/%m/%Y %H:%M")
        if (end.hour, end.minute) == (0, 0):  # midnight carries the date of the day that it ends
            end += timedelta(days=1)
        yield end - QUARTER, Decimal(row["Usage_kWh"]), row["WeekStatus"] == "Weekend"


def standard_rows(path: Path) -> list[str]:
    """The rows of standards.csv below its header."""
    energy: dict[tuple[str, bool], Decimal] = {}
    days: dict[bool, set[date]] = {False: set(), True: set()}
    for start, usage, weekend in quarters(path):
        if FIRST <= start.date() <= LAST:
            key = (SLOTS[start.hour // SLOT_HOURS], weekend)
            energy[key] = energy.get(key, Decimal(0)) + usage
            days[weekend].add(start.date())
    whole = len(days[False]) + len(days[True])
    share = round(Decimal(len(days[True])) / whole, 4)
    base, slopes = [], []
    for slot in SLOTS:
        working, free = energy[slot, False], energy[slot, True]
        mean = (working + free) / (SLOT_HOURS * whole)
        slope = free / (SLOT_HOURS * len(days[True])) - working / (SLOT_HOURS * len(days[False]))
        base.append(f"steel,hour,electricity,hours,{mean:.2f},kWh/h,{slot},,,,,{SOURCE}")
        slopes.append(f"steel,hour,electricity,hours,{slope:.2f},kWh/h,{slot},weekend,{share},,,{SOURCE}")
    return base + slopes


if __name__ == "__main__":
    print("\n".join(standard_rows(Path(sys.argv[1]))))
