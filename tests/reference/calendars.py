"""When do the days of a period lie, and when do areas change shifts? For the independent routes: nothing of the product is imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = 3_600_000_000
MINUTE = HOUR // 60
Layout = tuple[tuple[str, time], ...]  # slots: letter, local start


@dataclass(frozen=True)
class Calendar:
    """Zone, start of the production day, layouts of slots (letter, local start), whether the label is the date of the day's end.

    An area has one of the layouts; each covers the day.
    """

    zone: str
    day_start: time
    layouts: tuple[Layout, ...]
    label_end: bool
    first: date  # first production day of the period
    days: int

    @property
    def longest(self) -> int:
        """Nominal length of the longest slot (us)."""
        return max(self.length(layout, i) for layout in self.layouts for i in range(len(layout)))

    @property
    def cuts(self) -> int:
        """How often in a day some area changes shifts."""
        return len(self.clocks)

    @property
    def clocks(self) -> tuple[time, ...]:
        """The local times at which some area changes shifts."""
        return tuple(sorted({start for layout in self.layouts for _, start in layout}))

    def length(self, layout: Layout, i: int) -> int:
        """Nominal length of a layout's slot (us)."""
        minutes = [start.hour * 60 + start.minute for _, start in layout]
        return ((minutes[(i + 1) % len(minutes)] - minutes[i]) % (24 * 60) or 24 * 60) * MINUTE

    def start_of(self, day: date) -> int:
        """The instant at which production day `day` begins. # T2"""
        local = datetime.combine(day - timedelta(days=int(self.label_end)), self.day_start, ZoneInfo(self.zone))
        return round((local.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))

    def labels(self) -> list[date]:
        return [self.first + timedelta(days=i) for i in range(self.days)]
