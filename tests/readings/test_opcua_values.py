"""R1, R4: what a value of an OPC UA node becomes, without a server."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.core.period import instant
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN
from shiftledger.readings.sources.live import Refused, Told
from shiftledger.readings.sources.opcua_values import Watched, all_heard, heard, overflowed

AT = datetime(2026, 3, 31, 4, 0, 0, 250_000, tzinfo=UTC)
CAME = instant(AT) + 700_000
PLAIN = Watched("T-1", "opcua:ns=2;s=T1", {}, frozenset())
VALVE = Watched("V-1", "opcua:ns=2;s=V1", {0: "Closed", 1: "Open", 7: "Fault"}, frozenset({"Closed", "Open"}))
SWITCH = Watched("S-1", "opcua:ns=2;s=S1", {}, frozenset({"true", "false"}))


def sample(value: Any, status: int = 0, source: datetime | None = AT, server: datetime | None = None) -> ua.DataValue:
    return ua.DataValue(value if isinstance(value, ua.Variant) else ua.Variant(value), ua.StatusCode(status), source, server)


def told(node: Watched, value: Any, status: int = 0) -> tuple[float | None, str, int] | str:
    said = heard(node, sample(value, status), CAME).said
    if isinstance(said, Refused):
        assert said.address == node.address
        return said.reason
    assert (said.tag, said.ts, said.revision, said.address) == (node.tag, instant(AT), -1, node.address)
    return said.value, said.text, said.quality


@pytest.mark.parametrize(
    ("node", "value", "said"),
    [
        (PLAIN, 55.25, (55.25, "55.25", GOOD)),
        (PLAIN, ua.Variant(-3, ua.VariantType.SByte), (-3.0, "-3", GOOD)),
        (PLAIN, ua.Variant(2**53, ua.VariantType.UInt64), (2.0**53, "9007199254740992", GOOD)),
        (PLAIN, ua.Variant(2**53 + 1, ua.VariantType.UInt64), "9007199254740993 is too large to be held exactly"),
        (PLAIN, True, (1.0, "1", GOOD)),
        (PLAIN, False, (0.0, "0", GOOD)),
        (PLAIN, "12.5", (None, "12.5", GOOD)),
        (PLAIN, float("nan"), "nan is not a number"),
        (PLAIN, float("-inf"), "-inf is not a number"),
        (PLAIN, None, "the status is good, but there is no value"),
        (PLAIN, [1.0, 2.0], "an array is no reading"),
        (PLAIN, ua.Variant([], ua.VariantType.Double, is_array=True), "an array is no reading"),
        (PLAIN, AT, "a time is no reading"),
        (PLAIN, b"\x00\x01", "bytes are no reading"),
        (PLAIN, UUID(int=5), "a structure (UUID) is no reading"),
        (PLAIN, ua.Range(0.0, 1.0), "a structure (Range) is no reading"),
        (PLAIN, "", "a text of 0 characters is no state"),
        (PLAIN, "x" * 201, "a text of 201 characters is no state"),
        (VALVE, ua.Variant(1, ua.VariantType.Int32), (None, "Open", GOOD)),
        (
            VALVE,
            ua.Variant(7, ua.VariantType.Int32),
            (7.0, "7", GOOD),
        ),  # the meter has no code of this name: its number is judged
        (VALVE, ua.Variant(9, ua.VariantType.Int32), (9.0, "9", GOOD)),
        (VALVE, ua.LocalizedText("Open", "en"), (None, "Open", GOOD)),
        (VALVE, "Jammed", (None, "Jammed", GOOD)),  # refused where every source ends
        (SWITCH, True, (None, "true", GOOD)),
        (SWITCH, ua.Variant(1, ua.VariantType.Int32), (1.0, "1", GOOD)),
    ],
)
def test_r1_a_value_is_a_reading_or_refused_with_the_reason(node: Watched, value: Any, said: object) -> None:
    assert told(node, value) == said


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        (ua.StatusCodes.Good, GOOD),
        (ua.StatusCodes.GoodLocalOverride, GOOD),
        (0x00000480, GOOD),  # good, with the overflow bit
        (ua.StatusCodes.Uncertain, UNCERTAIN),
        (ua.StatusCodes.UncertainLastUsableValue, UNCERTAIN),
        (ua.StatusCodes.Bad, BAD),
        (ua.StatusCodes.BadSensorFailure, BAD),
        (0xC0000000, BAD),  # reserved: to be taken as bad
    ],
)
def test_r1_the_severity_of_a_status_is_the_quality(status: int, quality: int) -> None:
    assert told(PLAIN, 4.5, status) == ((None, "", BAD) if quality == BAD else (4.5, "4.5", quality))


def test_r1_a_bad_status_ends_a_hold_whatever_the_value_is() -> None:
    for value in (None, float("nan"), [1, 2], ua.Range(0.0, 1.0)):
        assert told(PLAIN, value, ua.StatusCodes.BadOutOfService) == (None, "", BAD)


def test_r1_the_sources_stamp_counts_then_the_servers_then_the_arrival() -> None:
    none = datetime(1601, 1, 1, tzinfo=UTC)  # as the wire writes it
    later = AT + timedelta(seconds=1)
    for source, server, ts, clock in (
        (AT, later, instant(AT), "source"),
        (None, later, instant(later), "server"),
        (none, later, instant(later), "server"),
        (none, none, CAME, "arrival"),
        (None, None, CAME, "arrival"),
        (AT.replace(tzinfo=None), None, instant(AT), "source"),
    ):
        one = heard(PLAIN, sample(1.0, 0, source, server), CAME)
        assert isinstance(one.said, Told)
        assert (one.said.ts, one.clock) == (ts, clock)


def test_r4_a_stamp_outside_of_all_calendars_is_refused_with_what_was_said() -> None:
    for year in (1899, 2200, 9999):
        said = heard(PLAIN, sample(1.5, 0, AT.replace(year=year)), CAME).said
        assert said == Refused(PLAIN.address, f"{year}-03-31T04:00:00.250000+00:00 1.5", "the stamp is not between 1900 and 2200")


@pytest.mark.parametrize(
    ("status", "over"), [(0x00000480, True), (0x40000480, True), (0x80000480, True), (0x80, False), (0, False), (0x0880, False)]
)
def test_r4_values_lost_by_a_queue_show_in_the_info_bits(status: int, over: bool) -> None:
    assert overflowed(sample(1.0, status)) is over


def clocked(samples: list[ua.DataValue]) -> list[tuple[float, str, str]]:
    """(seconds after AT, text, clock) of values of one node in their order."""
    found = [*all_heard(PLAIN, samples, CAME)]
    return [((one.said.ts - instant(AT)) / 1e6, one.said.text, one.clock) for one in found if isinstance(one.said, Told)]


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_r1_what_changes_under_one_stamp_holds_from_the_servers_stamp_on() -> None:
    """A device is lost at 1 s and found at 3 s; the server keeps its stamp of 0 s. At 4 s the device tells a new value."""
    bad = ua.StatusCodes.BadCommunicationError
    samples = [
        sample(1.5, 0, AT, AT),
        sample(1.5, bad, AT, after(1)),
        sample(1.5, bad, AT, after(2)),  # says the same again
        sample(1.5, 0, AT, after(3)),
        sample(2.5, 0, after(4), after(5)),
        sample(9.5, 0, after(4), None),  # nobody stamped the change: it contradicts
    ]
    assert clocked(samples) == [
        (0, "1.5", "source"),
        (1, "", "server"),
        (1, "", "server"),
        (3, "1.5", "server"),
        (4, "2.5", "source"),
        (4, "9.5", "source"),
    ]


def test_r1_a_servers_clock_that_is_ahead_keeps_the_order() -> None:
    """The server's clock is 600 s ahead of the device's. After a loss that only the server stamped, its stamps count until the device's are later."""
    samples = [
        sample(1.0, 0, AT, after(600)),
        sample(1.0, ua.StatusCodes.BadCommunicationError, AT, after(610)),
        sample(2.0, 0, after(20), after(620)),
        sample(3.0, 0, after(630), after(1230)),
    ]
    assert clocked(samples) == [(0, "1.0", "source"), (610, "", "server"), (620, "2.0", "server"), (630, "3.0", "source")]


def test_r1_values_that_a_device_kept_while_it_was_alone_keep_their_stamps() -> None:
    samples = [
        sample(1.0, 0, AT, AT),
        sample(5.0, 0, after(50), after(50)),
        sample(2.0, 0, after(20), after(51)),
        sample(3.0, 0, after(30), after(51)),
    ]
    assert [ts for ts, _, _ in clocked(samples)] == [0, 50, 20, 30]


STAMPS = st.none() | st.datetimes(datetime(1601, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=300),
    st.binary(max_size=9),
    st.lists(st.floats()),
    STAMPS,
)


@given(VALUES, st.integers(0, 2**32 - 1), STAMPS, STAMPS)
def test_r4_whatever_a_server_says_is_a_whole_reading_or_a_refusal(
    value: Any, status: int, source: datetime | None, server: datetime | None
) -> None:
    said = heard(VALVE, _Sample(_Value(value), _Status(status), source, server), CAME).said
    if isinstance(said, Refused):
        assert said.reason
        assert len(said.text) < 300
        return
    assert datetime(1900, 1, 1, tzinfo=UTC) <= datetime.fromtimestamp(said.ts / 1e6, UTC) < datetime(2200, 1, 1, tzinfo=UTC)
    assert said.quality == (GOOD, UNCERTAIN, BAD, BAD)[status >> 30]
    assert (said.text == "") == (said.quality == BAD)
    if said.value is not None:
        assert math.isfinite(said.value)
        assert float(said.text) == said.value


class _Value:
    def __init__(self, value: Any) -> None:
        self.Value = value


class _Status:
    def __init__(self, value: int) -> None:
        self.value = value


class _Sample:
    def __init__(self, *whole: Any) -> None:
        self.Value, self.StatusCode, self.SourceTimestamp, self.ServerTimestamp = whole
