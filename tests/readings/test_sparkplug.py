"""R1, R3, R4: what Sparkplug B tells. The first payloads are written out in hexadecimal, all others byte by byte by `wire.py`."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("google.protobuf", reason="needs protobuf, of the extra named live")

from readings.wire import field, metric, payload, quality, varint
from shiftledger.plant.model import SourceFile
from shiftledger.readings.batch import BAD, GOOD, UNCERTAIN, UNDECLARED
from shiftledger.readings.sources.live import Message, Told
from shiftledger.readings.sources.mqtt_json import Arrived, Declared
from shiftledger.readings.sources.sparkplug import Heard, Nodes, read_sparkplug, rebirth_wish, wish_topic
from shiftledger.readings.sources.topics import names_of

# 1 767 506 400 000 ms since 1970 is 2026-01-04T06:00:00Z; as seven-bit groups, the lowest first: 80 a6 dd bc b8 33.
T = 1_767_506_400_000
US = 1000
NOW = (T + 20_000) * US  # every message arrives at 06:00:20
COLUMNS = (
    ("mill/edge#Flow", "FT-1"),
    ("mill/edge#Temp", "TT-1"),
    ("mill/edge/dryer#State", "ST-1"),
    ("mill/edge/dryer#Batch", "Q-1"),
    ("mill/other#Flow", "FT-9"),
)


def by_hand(text: str) -> bytes:
    """Hexadecimal with a remark after # on each line."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))


NBIRTH = by_hand("""
    08 80a6ddbcb833           # timestamp (1): 06:00:00
    12 0b                     # metrics (2), 11 bytes
        0a 05 6264536571      #   name (1): bdSeq
        20 08                 #   datatype (4): UInt64
        58 03                 #   long_value (11): 3
    12 16                     # metrics, 22 bytes
        0a 04 466c6f77        #   name: Flow
        10 07                 #   alias (2): 7
        18 80a6ddbcb833       #   timestamp (3): 06:00:00
        20 09                 #   datatype: Float
        65 00004841           #   float_value (12): 12.5 = 0x41480000
    12 14                     # metrics, 20 bytes
        0a 04 54656d70        #   name: Temp
        10 08                 #   alias: 8
        18 a0d1d9bcb833       #   timestamp: 05:59:00
        20 01                 #   datatype: Int8
        50 e901               #   int_value (10): 233 = 0xe9, -23 in 8 bits
    18 00                     # seq (3): 0
""")
NDATA = by_hand(
    """
    08 88cdddbcb833           # timestamp: 06:00:05
    12 10                     # metrics, 16 bytes
        10 07                 #   alias: 7
        18 e8adddbcb833       #   timestamp: 06:00:01
        65 00004041           #   float_value: 12.0 = 0x41400000
        28 00                 #   is_historical (5): no
    12 19                     # metrics, 25 bytes
        10 08                 #   alias: 8
        18 88cdddbcb833       #   timestamp: 06:00:05
        50 05                 #   int_value: 5
        4a 0c                 #   properties (9), 12 bytes
            0a 01 51          #     keys (1): Q
            12 02 0802        #     values (2): of type 2
            42 03 010203      #     a field that nobody knows
    18 01                     # seq: 1
"""
)
NDEATH = by_hand("""
    12 0b                     # metrics, 11 bytes
        0a 05 6264536571      #   name: bdSeq
        20 08                 #   datatype: UInt64
        58 03                 #   long_value: 3
""")


def declared(*columns: tuple[str, str]) -> Declared:
    source = SourceFile("b", format="mqtt", payload="sparkplug", columns=columns or COLUMNS)
    return Declared(source, names_of(source.columns), ZoneInfo("UTC"), frozenset({"Q-1"}))


def hear(*messages: tuple[str, bytes], nodes: Nodes | None = None, at: int = NOW, of: Declared | None = None) -> list[Heard]:
    """What one message after the other tells."""
    heard: list[Heard] = []
    for topic, content in messages:
        before = heard[-1].nodes if heard else nodes or {}
        heard.append(read_sparkplug(of or declared(), before, Arrived(f"spBv1.0/{topic}", content, at)))
    return heard


def brief(message: Message) -> list[tuple[Any, ...]]:
    assert not message.refused, message.refused
    return [(one.tag, one.ts // US - T, one.text, one.quality) for one in message.told]


def why(heard: Heard) -> list[str]:
    return [one.reason for one in heard.message.refused]


BIRTH = ("mill/NBIRTH/edge", NBIRTH)


def test_r3_a_birth_tells_names_types_and_values() -> None:
    """Flow is 12.5 at 06:00:00. Temp was last captured at 05:59:00, and the birth says that it still is so at 06:00:00."""
    (born,) = hear(BIRTH)
    assert born.ask == ()
    assert brief(born.message) == [("FT-1", 0, "12.5", GOOD), ("TT-1", -60_000, "-23", GOOD), ("TT-1", 0, "-23", GOOD)]
    assert born.message.told[0] == Told("FT-1", T * US, 12.5, "12.5", GOOD, UNDECLARED, "mqtt:mill/edge#Flow")
    assert born.message.issues == ()


def test_r3_changes_come_by_alias_with_the_types_of_the_birth() -> None:
    born, changed = hear(BIRTH, ("mill/NDATA/edge", NDATA))
    assert brief(changed.message) == [("FT-1", 1_000, "12.0", GOOD), ("TT-1", 5_000, "5", GOOD)]
    assert changed.ask == ()
    assert dict(born.nodes)["mill/edge"].seq == 0  # what was known before is not touched
    assert dict(changed.nodes)["mill/edge"].seq == 1


def test_r1_a_death_ends_the_holds_of_the_node_and_its_devices_when_it_arrives() -> None:
    dead = hear(BIRTH, ("mill/NDEATH/edge", NDEATH))[-1]
    assert brief(dead.message) == [(tag, 20_000, "", BAD) for tag in ("FT-1", "Q-1", "ST-1", "TT-1")]
    assert dead.message.told[0].value is None
    late = hear(("mill/NDATA/edge", NDATA), nodes=dead.nodes)[0]
    assert late.ask == ("mill/edge",)
    assert why(late) == [f'no birth of "mill/edge" has told what alias {n} is called; a rebirth is asked for' for n in (7, 8)]


def test_r1_the_death_of_an_earlier_session_says_nothing() -> None:
    earlier = payload(metric(("long", 2), name="bdSeq", datatype=8))
    dead = hear(BIRTH, ("mill/NDEATH/edge", earlier))[-1]
    assert dead.message == Message()
    assert hear(("mill/NDATA/edge", NDATA), nodes=dead.nodes)[0].ask == ()


def test_r1_the_stamp_of_a_death_counts_only_if_the_broker_made_it() -> None:
    """An edge node stamps its death when it connects, before its birth; a broker that knows Sparkplug stamps it at the death."""
    mark = metric(("long", 3), name="bdSeq")
    for at, expected in ((T - 1, 20_000), (T, 20_000), (T + 9_000, 9_000)):
        dead = hear(BIRTH, ("mill/NDEATH/edge", payload(mark, at=at)))[-1]
        assert {one[1] for one in brief(dead.message)} == {expected}, at
    fast = payload(
        metric(("float", 1.0), alias=7, timestamp=T + 60_000), seq=1
    )  # a clock that is ahead: the death comes after it
    dead = hear(BIRTH, ("mill/NDATA/edge", fast), ("mill/NDEATH/edge", NDEATH))[-1]
    assert {one.ts for one in dead.message.told} == {(T + 60_000) * US + 1}


def test_r3_devices_are_born_and_die_alone() -> None:
    state = metric(("string", "RUN"), name="State", alias=20, datatype=12, timestamp=T + 1)
    batch = metric(("double", 4.5), name="Batch", alias=21, datatype=10, timestamp=T - 5_000)
    birth = ("mill/DBIRTH/edge/dryer", payload(state, batch, at=T + 1, seq=1))
    off = ("mill/DDATA/edge/dryer", payload(metric(("string", "OFF"), alias=20, timestamp=T + 2_000), seq=2))
    death = ("mill/DDEATH/edge/dryer", payload(at=T + 3_000, seq=3))
    _, born, changed, dead = hear(BIRTH, birth, off, death)
    # a batch is counted once: the birth does not say it again at its own time
    assert brief(born.message) == [("ST-1", 1, "RUN", GOOD), ("Q-1", -5_000, "4.5", GOOD)]
    assert born.message.told[0].value is None
    assert brief(changed.message) == [("ST-1", 2_000, "OFF", GOOD)]
    assert brief(dead.message) == [("Q-1", 3_000, "", BAD), ("ST-1", 3_000, "", BAD)]
    gone = hear(("mill/DDATA/edge/dryer", payload(metric(("string", "RUN"), alias=20), seq=4)), nodes=dead.nodes)[0]
    assert gone.ask == ("mill/edge",)
    assert len(gone.message.refused) == 1
    still = hear(("mill/NDATA/edge", payload(metric(("float", 1.0), alias=7, timestamp=T + 1), seq=4)), nodes=dead.nodes)[0]
    assert brief(still.message) == [("FT-1", 1, "1.0", GOOD)]


def test_r4_a_gap_is_said_and_what_aliases_mean_is_open_until_the_next_birth() -> None:
    lost = ("mill/NDATA/edge", payload(metric(("float", 1.0), alias=7, timestamp=T), seq=3))
    _, gap = hear(BIRTH, lost)
    (issue,) = gap.message.issues
    assert issue.code == "R110"
    assert issue.message == 'source "b": 2 messages of edge node "mill/edge" did not arrive, before number 3'
    assert gap.ask == ("mill/edge",)
    assert len(gap.message.refused) == 1
    following = hear(("mill/NDATA/edge", payload(metric(("float", 1.0), alias=7, timestamp=T), seq=4)), nodes=gap.nodes)[0]
    assert (following.message.issues, following.ask) == ((), ("mill/edge",))
    healed = hear(BIRTH, ("mill/NDATA/edge", NDATA), nodes=following.nodes)[-1]
    assert (len(healed.message.told), healed.ask) == (2, ())


def test_r4_after_255_comes_0_and_a_message_told_twice_is_no_gap() -> None:
    one = metric(("float", 1.0), alias=7, timestamp=T)
    birth = ("mill/NBIRTH/edge", NBIRTH[:-1] + varint(254))
    numbers = (255, 0, 0, 1)
    heard = hear(birth, *(("mill/NDATA/edge", payload(one, seq=seq)) for seq in numbers))
    assert [(len(each.message.told), each.message.issues, each.ask) for each in heard[1:]] == [(1, (), ())] * 4


def test_r3_late_values_come_at_their_own_time_and_do_not_move_the_death() -> None:
    late = metric(("float", 3.0), alias=7, timestamp=T - 3_600_000, is_historical=1)
    ahead = metric(("float", 4.0), alias=7, timestamp=T + 3_600_000, is_historical=1)
    _, told, dead = hear(BIRTH, ("mill/NDATA/edge", payload(late, ahead, at=T, seq=1)), ("mill/NDEATH/edge", NDEATH))
    assert brief(told.message) == [("FT-1", -3_600_000, "3.0", GOOD), ("FT-1", 3_600_000, "4.0", GOOD)]
    assert {one[1] for one in brief(dead.message)} == {20_000}


def test_r1_a_value_that_a_death_ended_holds_again_from_the_next_birth() -> None:
    """The death is at 06:00:20. Reborn at 06:00:30, Flow has not changed since 06:00:00: 12.5 counts again from 06:00:30."""
    dead = hear(BIRTH, ("mill/NDEATH/edge", NDEATH))[-1]
    reborn = NBIRTH.replace(bytes.fromhex("08 80a6ddbcb833"), field(1, T + 30_000))
    told = hear(("mill/NBIRTH/edge", reborn), nodes=dead.nodes, at=NOW + 10_000 * US)[0].message
    assert [one for one in brief(told) if one[0] == "FT-1"] == [("FT-1", 0, "12.5", GOOD), ("FT-1", 30_000, "12.5", GOOD)]


VALUES = [
    # (data type, kind on the wire, content) -> text
    (1, ("int", 0xE9), "-23"),
    (1, ("int", 0xFFFFFFE9), "-23"),  # sign-extended to the 32 bits of its field
    (1, ("long", 2**64 - 23), "-23"),
    (1, ("int", 0x7F), "127"),
    (2, ("int", 0x8AD0), "-30000"),
    (3, ("int", 0xFFFFFFFF), "-1"),
    (4, ("long", 2**64 - 5_000_000_000), "-5000000000"),
    (5, ("int", 0xE9), "233"),
    (6, ("int", 52360), "52360"),
    (7, ("int", 3_293_969_225), "3293969225"),
    (8, ("long", 10**15), "1000000000000000"),
    (9, ("float", -0.5), "-0.5"),
    (10, ("double", 0.1), "0.1"),
    (10, ("float", 0.25), "0.25"),
    (11, ("bool", 1), "1"),
    (11, ("bool", 0), "0"),
    (12, ("string", "停机"), "停机"),
    (13, ("long", 1_767_506_400_500), "1767506400.5"),
    (14, ("string", " RUN "), "RUN"),
    (15, ("string", "a-1"), "a-1"),
]


@pytest.mark.parametrize(("datatype", "value", "text"), VALUES, ids=[f"{v[0]}-{v[2]}" for v in VALUES])
def test_r1_a_value_is_read_by_its_data_type(datatype: int, value: tuple[str, Any], text: str) -> None:
    one = metric(value, name="Flow", datatype=datatype, timestamp=T)
    assert brief(hear(("mill/NBIRTH/edge", payload(one, at=T, seq=0)))[0].message) == [("FT-1", 0, text, GOOD)]


REFUSED = [
    (1, ("int", 0x1E9), "489 does not fit into the 8 bits of Int8"),
    (5, ("int", 0x100), "256 does not fit into the 8 bits of UInt8"),
    (6, ("int", 0xFFFF8AD0), "4294937296 does not fit into the 16 bits of UInt16"),
    (8, ("long", 2**53), 'value "9007199254740992" is larger than any meter can show (1e+15)'),
    (9, ("float", float("nan")), 'value "nan" is not a finite number'),
    (10, ("double", float("-inf")), 'value "-inf" is not a finite number'),
    (9, ("int", 1), "the metric is of type Float, but holds a value of type int"),
    (3, ("float", 1.0), "the metric is of type Int32, but holds a value of type float"),
    (12, ("int", 1), "the metric is of type String, but holds a value of type int"),
    (11, ("string", "1"), "the metric is of type Boolean, but holds a value of type string"),
    (12, ("string", ""), "the word has 0 characters; one of a state has 1 to 256"),
    (12, ("string", b"\xff"), 'the text "\\xff" is not UTF-8'),
    (16, ("dataset", b"\x08\x01"), "a metric of type DataSet is not one number or word"),
    (17, ("bytes", b"abc"), "a metric of type Bytes is not one number or word"),
    (19, ("template", b"\x0a\x01x"), "a metric of type Template is not one number or word"),
    (24, ("bytes", b"\x01\0\0\0"), "a metric of type Int32Array is not one number or word"),
    (99, ("int", 1), "a metric of type type 99 is not one number or word"),
    (0, ("int", 1), "a whole number whose data type no birth has told: it is open whether it has a sign"),
    (9, None, "the metric has no value and does not say that it is null"),
]


@pytest.mark.parametrize(("datatype", "value", "reason"), REFUSED, ids=[f"{r[0]}-{r[2][:30]}" for r in REFUSED])
def test_r4_what_is_no_reading_is_refused_with_its_reason(datatype: int, value: Any, reason: str) -> None:
    one = metric(value, name="Flow", datatype=datatype, timestamp=T)
    good = metric(("int", 5), name="Temp", datatype=3, timestamp=T)
    heard = hear(("mill/NBIRTH/edge", payload(one, good, at=T, seq=0)))[0]
    assert why(heard) == [reason]
    assert heard.message.refused[0].address == "mqtt:mill/edge#Flow"
    assert [told.tag for told in heard.message.told] == ["TT-1"]


@pytest.mark.parametrize(("code", "grade"), [(192, GOOD), (0, BAD), (500, BAD), (216, GOOD), (64, UNCERTAIN), (24, BAD)], ids=str)
def test_r1_the_quality_property_counts(code: int, grade: int) -> None:
    one = metric(("float", 1.0), name="Flow", datatype=9, timestamp=T, properties=quality(code))
    told = hear(("mill/NBIRTH/edge", payload(one, at=T, seq=0)))[0].message
    assert brief(told) == [("FT-1", 0, "" if grade == BAD else "1.0", grade)]


def test_r1_an_unknown_quality_is_refused_and_null_is_bad() -> None:
    odd = metric(("float", 1.0), name="Flow", datatype=9, timestamp=T, properties=quality(300))
    assert why(hear(("mill/NBIRTH/edge", payload(odd, seq=0)))[0]) == ["quality 300 is not 192 (good), 0 (bad) or 500 (stale)"]
    null = metric(name="Flow", datatype=9, timestamp=T, is_null=1)
    assert brief(hear(("mill/NBIRTH/edge", payload(null, seq=0)))[0].message) == [("FT-1", 0, "", BAD)]


def test_r3_without_a_time_of_its_own_a_metric_has_that_of_its_message_or_counts_when_it_arrives() -> None:
    one = metric(("float", 1.0), name="Flow", datatype=9)
    assert brief(hear(("mill/NBIRTH/edge", payload(one, at=T + 7, seq=0)))[0].message) == [("FT-1", 7, "1.0", GOOD)]
    told = hear(("mill/NBIRTH/edge", payload(one, seq=0)))[0].message.told
    assert [(each.ts, each.address) for each in told] == [(NOW, "mqtt:mill/edge#Flow@arrival")]
    batch = metric(("float", 1.0), name="Batch", datatype=9)
    assert why(hear(("mill/DBIRTH/edge/dryer", payload(batch, seq=0)))[0]) == [
        '"Q-1" adds up or is a sample, so that its readings must bear a time; by arrival one would count twice'
    ]
    far = metric(("float", 1.0), name="Flow", datatype=9, timestamp=2**63)
    assert why(hear(("mill/NBIRTH/edge", payload(far, seq=0)))[0]) == [
        "the time 9223372036854775808 ms since 1970 is not between 1900 and 2200"
    ]


def test_r3_a_metric_with_its_name_needs_no_birth_unless_its_sign_is_open() -> None:
    """Nobody has heard the birth: a float says what it is, a whole number does not."""
    flow = metric(("float", 2.0), name="Flow", timestamp=T)
    temp = metric(("int", 0xE9), name="Temp", timestamp=T)
    (heard,) = hear(("mill/NDATA/edge", payload(flow, temp, seq=9)))
    assert [(one.tag, one.text) for one in heard.message.told] == [("FT-1", "2.0")]
    assert why(heard) == ["a whole number whose data type no birth has told: it is open whether it has a sign"]
    assert heard.ask == ("mill/edge",)


def test_r3_a_name_of_columns_that_no_birth_tells_is_said() -> None:
    (heard,) = hear(BIRTH, of=declared(("mill/edge#Flwo", "FT-1"), ("mill/edge#Temp", "TT-1")))
    (issue,) = heard.message.issues
    assert (issue.code, issue.message) == ("R111", 'source "b": "mill/edge" has no metric "Flwo", which `columns` name')
    assert issue.remedy == "Closest: Flow. Correct `columns`, or the edge node."


def test_r3_an_alias_of_one_device_is_not_read_as_anothers() -> None:
    stolen = ("mill/DDATA/edge/dryer", payload(metric(("float", 1.0), alias=7, timestamp=T), seq=1))
    heard = hear(BIRTH, stolen)[-1]
    assert why(heard) == ['alias 7 is of "mill/edge", not of "mill/edge/dryer"']


def test_r4_other_topics_and_broken_payloads() -> None:
    quiet = (("STATE/scada", b'{"online":true}'), ("mill/NCMD/edge", b"\xff"), ("mill/DCMD/edge/dryer", b""))
    assert all((heard.message, heard.ask) == (Message(), ()) for heard in hear(*quiet))
    for topic in ("mill/NDATA", "mill/NDATA/edge/dryer", "mill/XDATA/edge", "mill"):
        (heard,) = hear((topic, NDATA))
        assert why(heard)[0].startswith("not a topic of Sparkplug B"), topic
    assert why(hear(("mill/NDATA/edge", NDATA[:-4]))[0]) == ["the message is not a payload of Sparkplug B (protobuf)"]
    packed = field(4, "SPBV1.0_COMPRESSED") + field(5, b"x")
    assert why(hear(("mill/NDATA/edge", packed))[0]) == [
        "the message is compressed, which is not read; switch compression off at the edge node"
    ]
    kept = read_sparkplug(declared(), {}, Arrived("spBv1.0/mill/NBIRTH/edge", NBIRTH, NOW, retained=True))
    assert (len(kept.message.refused), kept.message.told) == (1, ())


def test_r3_the_wish_for_a_rebirth_is_what_the_specification_asks_for() -> None:
    assert wish_topic("mill/edge") == "spBv1.0/mill/NCMD/edge"
    assert rebirth_wish(T * US) == by_hand("""
        08 80a6ddbcb833                                        # timestamp: 06:00:00
        12 21                                                  # metrics, 33 bytes
            0a 14 4e6f646520436f6e74726f6c2f52656269727468     #   name: Node Control/Rebirth
            18 80a6ddbcb833                                    #   timestamp: 06:00:00
            20 0b                                              #   datatype: Boolean
            70 01                                              #   boolean_value (14): true
    """)


TOPICS = st.sampled_from([f"mill/{kind}/edge" for kind in ("NBIRTH", "NDATA", "NDEATH", "XDATA")] + ["mill/DBIRTH/edge/dryer"])
NAMES = st.sampled_from(["Flow", "Temp", "bdSeq", "State", ""])
METRICS = st.builds(
    lambda kind, number, fields: metric((kind, float(number % 97) if kind in ("float", "double") else number), **fields),
    st.sampled_from(["int", "long", "float", "double", "bool"]),
    st.integers(0, 2**32 - 1),
    st.fixed_dictionaries(
        {"name": NAMES},
        optional={"alias": st.integers(0, 9), "datatype": st.integers(0, 40), "timestamp": st.integers(0, 2**64 - 1)},
    ),
)
CONTENTS = st.builds(
    lambda metrics, at, seq: payload(*metrics, at=at, seq=seq),
    st.lists(METRICS, max_size=4),
    st.integers(0, 2**64 - 1),
    st.integers(0, 300),
)


@given(st.lists(st.tuples(TOPICS, CONTENTS | st.binary(max_size=60)), max_size=5))
def test_r4_any_messages_at_all_are_told_or_refused(messages: list[tuple[str, bytes]]) -> None:
    for heard in hear(*messages):
        for told in heard.message.told:
            assert bool(told.text) == (told.quality != BAD)
            assert 0 <= told.ts < 7_258_118_400_000_001  # before 2200, or a microsecond after the last that is
        assert all(one.reason and len(one.text) < 8192 for one in heard.message.refused)


@given(st.sampled_from([(1, 8), (2, 16), (3, 32), (4, 50)]), st.data())
def test_r1_every_signed_number_comes_through(width: tuple[int, int], data: st.DataObject) -> None:
    datatype, bits = width
    number = data.draw(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    kind, unsigned = ("long", number % 2**64) if datatype == 4 else ("int", number % 2**bits)
    one = metric((kind, unsigned), name="Flow", datatype=datatype, timestamp=T)
    assert brief(hear(("mill/NBIRTH/edge", payload(one, at=T, seq=0)))[0].message) == [("FT-1", 0, str(number), GOOD)]
