"""R1, R3, R4: what a JSON message of a broker tells, and what of it is refused with its reason. Instants are worked out by hand."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED
from shiftledger.readings.sources.live import Message, Told
from shiftledger.readings.sources.mqtt_json import LARGEST_PAYLOAD, Arrived, Declared, read_json
from shiftledger.readings.sources.topics import names_of

# 2026-01-04T06:00:00Z: 20 457 days of 86 400 s since 1970 (56 years, 14 leap days, 3 days of January) and 6 hours.
SIX = (20_457 * 86_400 + 6 * 3_600) * 1_000_000
NOW = SIX + 7_000_000  # the message arrives seven seconds later
TOPIC = "plant/line2/t1"


def read(
    payload: Any, *columns: tuple[str, str], topic: str = TOPIC, retained: bool = False, at: int = NOW, **fields: Any
) -> Message:
    source = SourceFile("b", format="mqtt", columns=columns, **fields)
    add_up = frozenset({"Q-1"})
    declared = Declared(source, names_of(columns), ZoneInfo("Europe/Berlin"), add_up, dict(fields.get("meanings", ())))
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return read_json(declared, Arrived(topic, content, at, retained))


def brief(message: Message) -> list[tuple[Any, ...]]:
    assert not message.refused, message.refused
    return [(one.tag, one.ts, one.text, one.quality) for one in message.told]


def why(message: Message) -> list[str]:
    assert not message.told, message.told
    return [one.reason for one in message.refused]


T1 = (TOPIC, "TT-1")


def test_r3_a_bare_number_is_of_its_topic_and_counts_when_it_arrives() -> None:
    assert read(b"21.50", T1).told == (Told("TT-1", NOW, 21.5, "21.5", GOOD, UNDECLARED, "mqtt:plant/line2/t1@arrival"),)
    assert brief(read(b" 7 ", T1)) == [("TT-1", NOW, "7", GOOD)]
    assert brief(read(b"\xef\xbb\xbf-1e-3", T1)) == [("TT-1", NOW, "-0.001", GOOD)]


def test_r1_words_and_truth_values_are_states_and_null_ends_a_hold() -> None:
    assert read(b"RUNNING", T1).told[0] == Told("TT-1", NOW, None, "RUNNING", GOOD, UNDECLARED, "mqtt:plant/line2/t1@arrival")
    assert brief(read("停机".encode(), T1)) == [("TT-1", NOW, "停机", GOOD)]
    assert brief(read("停机".encode("gb18030"), T1, encoding="gb18030")) == [("TT-1", NOW, "停机", GOOD)]
    assert brief(read(b'"stopped"', T1)) == [("TT-1", NOW, "stopped", GOOD)]
    assert brief(read(b"true", T1)) == [("TT-1", NOW, "1", GOOD)]
    assert read(b"null", T1).told[0] == Told("TT-1", NOW, None, "", BAD, UNDECLARED, "mqtt:plant/line2/t1@arrival")


@pytest.mark.parametrize(
    ("stamp", "fields"),
    [
        ("2026-01-04T06:00:00Z", {}),
        ("2026-01-04T14:00:00+08:00", {}),
        ("2026-01-04T07:00:00", {}),  # no offset: the zone of the source, Berlin, one hour ahead in winter
        ("04.01.2026 07:00", {"time_format": "%d.%m.%Y %H:%M"}),
        (1_767_506_400, {"time_format": "epoch-s"}),  # 20 457 x 86 400 + 21 600
        (1_767_506_400.0, {"time_format": "epoch-s"}),
        ("1767506400000", {"time_format": "epoch-ms"}),
        (1_767_506_400_000_000, {"time_format": "epoch-us"}),
    ],
    ids=str,
)
def test_r3_a_stamp_is_read_as_declared(stamp: Any, fields: dict[str, Any]) -> None:
    assert brief(read({"time": stamp, "value": 3}, T1, **fields)) == [("TT-1", SIX, "3", GOOD)]


def test_t2_in_a_repeated_hour_the_occurrence_near_the_arrival_counts() -> None:
    """2026-10-25 02:30 in Berlin is 00:30 UTC and again 01:30 UTC."""
    first = (20_751 * 86_400 + 1_800) * 1_000_000  # 20 457 + 294 days: 4 January to 25 October
    payload = {"time": "2026-10-25T02:30:00", "value": 1}
    assert brief(read(payload, T1, at=first + 5_000_000))[0][1] == first
    assert brief(read(payload, T1, at=first + 3_600_000_000 + 5_000_000))[0][1] == first + 3_600_000_000
    skipped = {"time": "2026-03-29T02:30:00", "value": 1}
    assert why(read(skipped, T1)) == ['time "2026-03-29 02:30:00" does not exist in Europe/Berlin (clock change)']


def test_r3_an_object_that_names_its_tag_is_a_row_and_columns_rename_it() -> None:
    rows = [
        {"tag": "FT-1", "time": "2026-01-04T06:00:00Z", "value": 1.25, "q": "uncertain", "rev": 4},
        {"tag": "Line2.Flow", "time": "2026-01-04T06:00:00Z", "value": "2", "q": None},
        {"tag": "FT-3", "time": "2026-01-04T06:00:00Z", "value": "n/a", "q": "bad"},
    ]
    message = read(rows, (f"{TOPIC}#Line2.Flow", "FT-2"), quality="q", revision="rev")
    assert brief(message) == [("FT-1", SIX, "1.25", UNCERTAIN), ("FT-2", SIX, "2", GOOD), ("FT-3", SIX, "", BAD)]
    assert [one.revision for one in message.told] == [4, UNDECLARED, UNDECLARED]
    assert message.told[1].address == "mqtt:plant/line2/t1#Line2.Flow"


def test_r3_a_path_steps_into_objects_and_an_array_on_it_is_rows() -> None:
    payload = {"sent": 1_767_506_400_000, "values": [{"id": "FT-1", "v": 1}, {"id": "FT-2", "v": 2.5, "q": False}]}
    fields = {"tag": "values.id", "value": "values.v", "quality": "values.q", "time": "sent", "time_format": "epoch-ms"}
    message = read(payload, meanings=(("true", "good"), ("false", "bad")), **fields)
    assert brief(message) == [("FT-1", SIX, "1", GOOD), ("FT-2", SIX, "", BAD)]
    own = {"values": [{"id": "FT-1", "v": 1, "t": "2026-01-04T06:00:00Z"}]}
    assert brief(read(own, tag="values.id", value="values.v", time="values.t")) == [("FT-1", SIX, "1", GOOD)]


def test_r3_a_wide_object_has_one_stamp_and_unnamed_fields_are_not_read() -> None:
    payload = {"time": "2026-01-04T06:00:00Z", "flow": {"value": 4, "quality": "bad"}, "tank": {"level": 3}, "spare": 9, "a.b": 1}
    columns = [(f"{TOPIC}#{name}", tag) for name, tag in (("flow", "FT-1"), ("tank.level", "LT-1"), ("a.b", "X"), ("lost", "Y"))]
    message = read(payload, *columns, quality="quality")
    assert brief(message) == [("X", SIX, "1", GOOD), ("FT-1", SIX, "", BAD), ("LT-1", SIX, "3", GOOD)]
    assert [one.address for one in message.told] == [f"mqtt:{TOPIC}#{name}" for name in ("a.b", "flow", "tank.level")]


def test_r3_a_message_with_none_of_the_named_fields_is_said() -> None:
    message = read({"time": "2026-01-04T06:00:00Z", "Flow": 4}, (f"{TOPIC}#flow", "FT-1"))
    assert (message.told, message.refused) == ((), ())
    (issue,) = message.issues
    assert (issue.code, issue.message) == (
        "R111",
        'source "b": a message of "plant/line2/t1" has none of the fields that `columns` name: flow',
    )
    assert issue.remedy.startswith("Closest: Flow.")


def test_r3_a_plus_stands_for_one_level_and_two_tags_for_one_topic_are_none() -> None:
    columns = (("plant/+/t1", "TT-1"), ("plant/line3/t1", "TT-3"))
    assert brief(read(b"1", *columns)) == [("TT-1", NOW, "1", GOOD)]
    assert brief(read(b"1", *columns, topic="plant/line3/t1")) == [("TT-3", NOW, "1", GOOD)]
    assert why(read(b"1", *columns, topic="plant/line3/deep/t1")) == [
        'no tag: `columns` do not name the topic, and the message has no "tag"'
    ]
    assert why(read(b"1", ("plant/+/t1", "A"), ("+/line2/t1", "B"))) == [
        "several names with + in `columns` fit, of the tags A and B"
    ]


@pytest.mark.parametrize(
    ("payload", "fields", "reason"),
    [
        (b"NaN", {}, 'value "nan" is not a finite number'),
        (b"-Infinity", {}, 'value "-inf" is not a finite number'),
        (b"1e999", {}, 'value "inf" is not a finite number'),
        (b"\xff\xfe1", {}, "the message is not text in utf-8"),
        (b'{"value": 1', {}, "the message is neither JSON nor one number or word"),
        (b"a\nb", {}, "the message is neither JSON nor one number or word"),
        (b"x" * 257, {}, "the message is neither JSON nor one number or word"),
        (b"[" * 100_000, {}, "the message is nested beyond all measure"),
        (b'{"value": 1, "value": 2}', {}, 'the key "value" stands twice in one object'),
        (b'{"value": 1}', {}, 'the message has no "time"; with time = "" in sources.toml it counts when it arrives'),
        (b'{"time": null, "value": 1}', {}, 'time "None" is not text'),
        (b'{"time": 1767506400, "value": 1}', {}, 'time "1767506400" is not text; a count since 1970 is declared by time_format'),
        (b'{"time": "06:00", "value": 1}', {}, 'time "06:00" does not fit ISO 8601 (2026-03-04T06:00:00)'),
        (b'{"time": "1767506400.5", "value": 1}', {"time_format": "epoch-s"}, 'time "1767506400.5" is not a count since 1970 (epoch-s)'),
        (b'{"time": 1e300, "value": 1}', {"time_format": "epoch-s"}, 'time "1e+300" is not between 1900 and 2200'),
        (b'{"time": true, "value": 1}', {"time_format": "epoch-s"}, 'time "True" is not a count since 1970 (epoch-s)'),
        (b'{"time": 1767506400000, "value": 1}', {"time_format": "epoch-s"}, 'time "1767506400000" is not between 1900 and 2200'),
        (b'{"time": "2026-01-04T06:00:00Z"}', {}, 'the message has no "value"'),
        (b'{"time": "2026-01-04T06:00:00Z", "value": [1]}', {}, "the value is an array, neither a number nor a word"),
        (b'{"time": "2026-01-04T06:00:00Z", "value": {"x": 1}}', {}, "the value is an object, neither a number nor a word"),
        (b"[1, 2]", {}, "an element of an array is no object, so that it is open of which tag and time it is"),
    ],
    ids=lambda cell: repr(cell)[:40],
)  # fmt: skip
def test_r4_what_is_no_reading_is_refused_with_its_reason(payload: bytes, fields: dict[str, Any], reason: str) -> None:
    message = read(payload, T1, **fields)
    assert message.told == ()
    assert {one.reason for one in message.refused} == {reason}
    assert {one.address for one in message.refused} == {"mqtt:plant/line2/t1"}
    assert all(len(one.text) <= 1000 for one in message.refused)


def test_r4_quality_and_revision_are_refused_where_nobody_says_what_they_mean() -> None:
    at = "2026-01-04T06:00:00Z"
    quality = read({"time": at, "value": 1, "q": 192}, T1, quality="q")
    assert why(quality) == ['quality "192" is not good, uncertain or bad; `meanings` can say what it means']
    assert brief(read({"time": at, "value": 1, "q": 192}, T1, quality="q", meanings=(("192", "good"),))) == [
        ("TT-1", SIX, "1", GOOD)
    ]
    assert why(read({"time": at, "value": 1, "r": "x"}, T1, revision="r")) == [
        'revision "x" is neither a whole number from 0 nor a time'
    ]
    assert read({"time": at, "value": 1, "r": at}, T1, revision="r").told[0].revision == SIX


def test_r4_an_oversize_message_is_refused_unread() -> None:
    reasons = why(read(b" " * LARGEST_PAYLOAD + b"1", T1))
    assert reasons == ["the message has 4194305 bytes; one of readings has no more than 4194304"]


def test_r3_a_kept_message_without_a_time_is_refused_and_an_empty_one_tells_nothing() -> None:
    assert why(read(b"1", T1, retained=True)) == [
        "the broker kept this message, and it bears no time: nobody knows how old it is"
    ]
    assert brief(read({"time": "2026-01-04T06:00:00Z", "value": 1}, T1, retained=True)) == [("TT-1", SIX, "1", GOOD)]
    assert read(b"", T1, retained=True) == Message()


def test_r3_what_adds_up_bears_its_own_time() -> None:
    assert why(read(b"5", (TOPIC, "Q-1"))) == [
        '"Q-1" adds up or is a sample, so that its readings must bear a time; by arrival one would count twice'
    ]
    assert brief(read({"value": 5}, T1, time="")) == [("TT-1", NOW, "5", GOOD)]


def test_r1_text_is_a_number_by_the_declared_signs_only() -> None:
    at = {"time": "2026-01-04T06:00:00Z"}
    assert brief(read({**at, "value": "1.234,5"}, T1, decimal=",", thousands=".")) == [("TT-1", SIX, "1234.5", GOOD)]
    assert read({**at, "value": "12,5"}, T1, decimal=",").told[0].value == 12.5
    assert why(read({**at, "value": "1.234"}, T1, decimal=",")) == [
        'value "1.234" is not a finite decimal number with "," as decimal sign'
    ]
    assert brief(read({**at, "value": "12,5"}, T1)) == [("TT-1", SIX, "12,5", GOOD)]  # a word: its meter refuses it
    assert brief(read({**at, "value": 1.5}, T1, decimal=",")) == [("TT-1", SIX, "1.5", GOOD)]  # a number of JSON has a point


def test_r4_one_bad_row_does_not_take_the_others_with_it() -> None:
    rows = [{"tag": "A", "time": "2026-01-04T06:00:00Z", "value": v} for v in (1, None, {}, "2")]
    message = read([*rows, 3])
    assert [(one.text, one.quality) for one in message.told] == [("1", GOOD), ("", BAD), ("2", GOOD)]
    assert [one.text for one in message.refused] == ['{"tag": "A", "time": "2026-01-04T06:00:00Z", "value": {}}', "3"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("tag", "time", "value", "q", "x")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON | st.binary(max_size=40))
def test_r4_any_message_at_all_is_told_or_refused(content: Any) -> None:
    message = read(content, T1, (f"{TOPIC}#x", "X"), ("+/+/t1#x.tag", "Z"), quality="q", revision="x", value="value.value")
    for told in message.told:
        assert told.text if told.quality != BAD else not told.text
        assert told.value is None or abs(told.value) < float("inf")
    assert all(one.reason and len(one.text) <= 1000 for one in message.refused)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**40), 2**40))
def test_r1_a_number_and_an_instant_come_through_exactly(value: float, ms: int) -> None:
    message = read({"time": ms, "value": value}, T1, time_format="epoch-ms")
    assert [(one.value, float(one.text), one.ts) for one in message.told] == [(value, value, ms * 1000)]
