"""Instants and spans (T2, I2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.period import DAY, HOUR, MINUTE, SECOND, Span, duration, instant, iso, moment


def test_t2_instants_are_utc_microseconds() -> None:
    assert instant(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    assert instant(datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == 0
    assert instant(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_t2_both_times_of_a_fold_are_instants_of_their_own() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first, second = (instant(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=zone)) for fold in (0, 1))
    assert second - first == HOUR


def test_t2_a_naive_time_has_no_instant() -> None:
    with pytest.raises(ValueError, match="naive"):
        instant(datetime(2026, 3, 4))


def test_t2_iso_and_local_time() -> None:
    at = instant(datetime(2026, 3, 4, 5, tzinfo=UTC))
    assert iso(at) == "2026-03-04T05:00:00Z"
    assert iso(at + 1) == "2026-03-04T05:00:00.000001Z"
    assert moment(at, ZoneInfo("Asia/Shanghai")).isoformat() == "2026-03-04T13:00:00+08:00"


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_t2_instant_and_moment_go_round(naive: datetime) -> None:
    aware = naive.replace(tzinfo=UTC)
    assert moment(instant(aware), ZoneInfo("UTC")) == aware
    assert datetime.fromisoformat(iso(instant(aware))) == aware


def test_i2_clip_is_the_common_part() -> None:
    span = Span(10, 20)
    assert span.clip(Span(15, 30)) == Span(15, 20)
    assert span.clip(Span(0, 12)) == Span(10, 12)
    assert span.clip(Span(12, 15)) == Span(12, 15)
    assert span.clip(Span(20, 30)).length == span.clip(Span(0, 10)).length == span.clip(Span(50, 60)).length == 0
    assert (span.length, Span(0, HOUR // 2).hours) == (10, 0.5)


@given(st.lists(st.integers(-100, 100), min_size=5, max_size=5))
def test_i2_half_open_parts_of_a_span_clip_to_its_length(edges: list[int]) -> None:
    a, b, c = sorted(edges[:3])
    window = Span(*sorted(edges[3:]))
    assert Span(a, b).clip(window).length + Span(b, c).clip(window).length == Span(a, c).clip(window).length


def test_durations() -> None:
    assert duration("1h30min") == 90 * MINUTE
    assert duration(" 2d 1 h ") == 2 * DAY + HOUR
    assert duration("0.5s") == SECOND // 2
    assert (duration("3m"), duration("250ms"), duration("7us")) == (3 * MINUTE, 250_000, 7)


@pytest.mark.parametrize("text", ["", "8", "h", "1h x", "-1h", "1 hour ago", "1h30"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration(text)
