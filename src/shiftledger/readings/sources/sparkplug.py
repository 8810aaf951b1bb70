"""What does a message of Sparkplug B tell, given what was born before it (R1, R3, R4)?

An edge node tells at its birth (NBIRTH, DBIRTH) what its metrics are called, their aliases, types and values; later (NDATA, DDATA) only what
changed, by alias. Messages are counted 0 to 255: where one is missing, so may be a birth, and what an alias means is open until the node
is born again, which is asked for. A death ends every hold: all tags of the node or device become BAD. Source: Eclipse Sparkplug 3.0.0.

Pure: `read_sparkplug(declared, nodes, message)` gives the nodes after it, the readings, and which nodes to ask for a rebirth. Any bytes
at all give an answer. Names are "group/node#metric" or "group/node/device#metric".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from google.protobuf.message import DecodeError

from shiftledger.core.issue import Issue, Kind
from shiftledger.readings.batch import BAD, UNDECLARED
from shiftledger.readings.codes import clip, closest
from shiftledger.readings.live_codes import live_issue
from shiftledger.readings.mqtt_codes import R110, R111
from shiftledger.readings.sources.live import Message, Refused, Told
from shiftledger.readings.sources.mqtt_json import AT_ARRIVAL, KEPT, LARGEST_PAYLOAD, Arrived, Declared, address_of
from shiftledger.readings.sources.sparkplug_values import Unfit, quality_of, shown, stamp_of, text_of, value_of
from shiftledger.readings.sources.sparkplug_wire import Wire, payload_type

SPACE = "spBv1.0"
COUNT = 256  # after message 255 comes 0
TOLD = {"NBIRTH": 4, "DBIRTH": 5, "NDATA": 4, "DDATA": 5, "NDEATH": 4, "DDEATH": 5}  # kind -> levels of its topic
ORDERS = ("NCMD", "DCMD")  # what others ask of a node: nothing is told by them
REBIRTH = b"Node Control/Rebirth"
DEATH_AND_BIRTH = b"bdSeq"


@dataclass(frozen=True, slots=True)
class Born:
    """A metric as its birth told it; `device` is "" for the node itself."""

    device: str
    name: str
    datatype: int


@dataclass(frozen=True, slots=True)
class Node:
    """What is known of an edge node. `seq`: number of its last message; `session`: its bdSeq; `born`, `latest`: UTC microseconds.

    `whole` False: a birth is missing, or may be.
    """

    seq: int | None = None
    session: int | None = None
    born: int = 0
    latest: int = 0
    whole: bool = False
    aliases: Mapping[int, Born] = field(default_factory=dict)
    types: Mapping[tuple[str, str], int] = field(default_factory=dict)


Nodes = Mapping[str, Node]
"""By "group/node"."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The nodes after a message, what it told, and the nodes to ask for a rebirth."""

    nodes: Nodes
    message: Message = field(default_factory=Message)
    ask: tuple[str, ...] = ()


@dataclass(slots=True)
class _Hearing:
    """One message while it is read."""

    declared: Declared
    arrived: Arrived
    kind: str
    node_id: str
    device: str
    payload: Wire
    node: Node
    told: list[Told] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    ask: bool = False

    @property
    def place(self) -> str:
        return f"{self.node_id}/{self.device}" if self.device else self.node_id

    def warn(self, kind: Kind, message: str, remedy: str) -> None:
        source = self.declared.source
        self.issues.append(live_issue(kind, f'source "{source.id}": {message}', source.at, remedy))


def read_sparkplug(declared: Declared, nodes: Nodes, arrived: Arrived) -> Heard:
    """What one message tells, after all that came before it. # R3"""
    levels = arrived.topic.split("/")
    kind = levels[2] if len(levels) > 2 else ""
    if levels[0] == SPACE and (levels[1:2] == ["STATE"] or kind in ORDERS):
        return Heard(nodes)  # what host applications say; an edge node tells nothing by it
    if levels[0] != SPACE or len(levels) != TOLD.get(kind):
        return _nothing(nodes, arrived, f"not a topic of Sparkplug B ({SPACE}/group/NDATA/node, .../DDATA/node/device)")
    if arrived.retained:
        return _nothing(
            nodes,
            arrived,
            "the broker kept this message; messages of Sparkplug B are not to be kept, and nobody knows how old it is",
        )
    node_id, device = f"{levels[1]}/{levels[3]}", "".join(levels[4:])
    try:
        payload = _payload(arrived.payload)
    except Unfit as unfit:
        return _nothing(nodes, arrived, str(unfit))
    hearing = _Hearing(declared, arrived, kind, node_id, device, payload, nodes.get(node_id, Node()))
    _READERS[kind](hearing)
    after = {**nodes, node_id: hearing.node}
    message = Message(tuple(hearing.told), tuple(hearing.refused), tuple(hearing.issues))
    return Heard(after, message, (node_id,) if hearing.ask else ())


def rebirth_wish(at: int) -> bytes:
    """The payload of an NCMD that asks a node to tell its births again; `at` UTC microseconds."""
    payload = payload_type()(timestamp=at // 1000)
    payload.metrics.add(name=REBIRTH, timestamp=at // 1000, datatype=11, boolean_value=True)
    return bytes(payload.SerializeToString(deterministic=True))


def wish_topic(node_id: str) -> str:
    """Where a node listens to orders."""
    group, _, node = node_id.partition("/")
    return f"{SPACE}/{group}/NCMD/{node}"


def _payload(content: bytes) -> Wire:
    if len(content) > LARGEST_PAYLOAD:
        raise Unfit(f"the message has {len(content)} bytes; one of readings has no more than {LARGEST_PAYLOAD}")
    try:
        payload = payload_type().FromString(content)
    except DecodeError:
        raise Unfit("the message is not a payload of Sparkplug B (protobuf)") from None
    if payload.uuid == b"SPBV1.0_COMPRESSED":
        raise Unfit("the message is compressed, which is not read; switch compression off at the edge node")
    return payload


def _nothing(nodes: Nodes, arrived: Arrived, reason: str) -> Heard:
    text = arrived.payload[:KEPT].hex()
    return Heard(nodes, Message((), (Refused(address_of(arrived.topic), text, reason),)))


# --- births


def _node_birth(hearing: _Hearing) -> None:
    """All that was known of the node is told anew."""
    payload = hearing.payload
    session = next((_session(metric) for metric in payload.metrics if metric.name == DEATH_AND_BIRTH), None)
    born = _payload_stamp(hearing) or hearing.arrived.at
    seq = payload.seq % COUNT if payload.HasField("seq") else None
    hearing.node = Node(seq, session, born, hearing.node.latest, whole=True)
    _birth(hearing)


def _device_birth(hearing: _Hearing) -> None:
    _count(hearing)
    node = hearing.node
    types = {key: datatype for key, datatype in node.types.items() if key[0] != hearing.device}
    aliases = {alias: born for alias, born in node.aliases.items() if born.device != hearing.device}
    hearing.node = replace(node, types=types, aliases=aliases)
    hearing.ask |= not node.whole
    _birth(hearing)


def _birth(hearing: _Hearing) -> None:
    """Names, aliases and types of the metrics, and what each of them is now."""
    types, aliases = dict(hearing.node.types), dict(hearing.node.aliases)
    names = []
    for metric in hearing.payload.metrics:
        try:
            name = text_of(metric.name)
        except Unfit as unfit:
            _refuse(hearing, metric, "", str(unfit))
            continue
        names.append(name)
        types[hearing.device, name] = metric.datatype
        if metric.HasField("alias"):
            aliases[metric.alias] = Born(hearing.device, name, metric.datatype)
        _tell(hearing, metric, name, metric.datatype)
    hearing.node = replace(hearing.node, types=types, aliases=aliases)
    for named in hearing.declared.names.exact.get(hearing.place, {}):
        if named and named not in names:
            message = f'"{hearing.place}" has no metric "{clip(named)}", which `columns` name'
            hearing.warn(R111, message, f"{closest(named, names)}Correct `columns`, or the edge node.")


def _session(metric: Wire) -> int:
    kind = metric.WhichOneof("value")
    return int(getattr(metric, kind)) % COUNT if kind in ("int_value", "long_value") else 0


# --- what changed


def _changes(hearing: _Hearing) -> None:
    _count(hearing)
    hearing.ask |= not hearing.node.whole
    for metric in hearing.payload.metrics:
        born = _born(hearing, metric)
        if isinstance(born, str):
            hearing.ask = True
            _refuse(hearing, metric, "", born)
        else:
            _tell(hearing, metric, born.name, born.datatype)


def _born(hearing: _Hearing, metric: Wire) -> Born | str:
    """What a metric was born as, or why that is not known. One that bears its name needs no birth, unless its type is open."""
    if not metric.name:
        if not metric.HasField("alias"):
            return "the metric has neither a name nor an alias"
        born = hearing.node.aliases.get(metric.alias)
        if born is None:
            return f'no birth of "{hearing.place}" has told what alias {metric.alias} is called; a rebirth is asked for'
        if born.device != hearing.device:
            owner = f"{hearing.node_id}/{born.device}".rstrip("/")
            return f'alias {metric.alias} is of "{owner}", not of "{hearing.place}"'
        return replace(born, datatype=metric.datatype or born.datatype)
    try:
        name = text_of(metric.name)
    except Unfit as unfit:
        return str(unfit)
    return Born(hearing.device, name, metric.datatype or hearing.node.types.get((hearing.device, name), 0))


def _count(hearing: _Hearing) -> None:
    """The number of the message; a gap makes open what aliases mean. # R4"""
    node, payload = hearing.node, hearing.payload
    if not payload.HasField("seq"):
        return
    seq = payload.seq % COUNT
    missing = 0 if node.seq is None else (seq - node.seq - 1) % COUNT
    if node.seq is None or seq == node.seq or not missing:  # the same number again: told twice
        hearing.node = replace(node, seq=seq)
        return
    messages = "a message of" if missing == 1 else f"{missing} messages of"
    text = f'{messages} edge node "{hearing.node_id}" did not arrive, before number {seq}'
    hearing.warn(R110, text, "Check the network and the broker. The node is asked to tell all its values again.")
    hearing.node = replace(node, seq=seq, whole=False, aliases={}, types={})
    hearing.ask = True


# --- deaths


def _node_death(hearing: _Hearing) -> None:
    """The node is gone, and all its devices; the death of an earlier session says nothing about this one.

    Its stamp is that of the connection, made before the birth, unless the broker set it: then it lies after the birth.
    """
    session = next((_session(metric) for metric in hearing.payload.metrics if metric.name == DEATH_AND_BIRTH), None)
    node = hearing.node
    if None not in (session, node.session) and session != node.session:
        return
    stamped = _payload_stamp(hearing)
    _end(hearing, stamped if stamped and node.born and stamped > node.born else hearing.arrived.at)
    hearing.node = Node(latest=hearing.node.latest)


def _device_death(hearing: _Hearing) -> None:
    _count(hearing)
    _end(hearing, _payload_stamp(hearing) or hearing.arrived.at)
    node = hearing.node
    types = {key: datatype for key, datatype in node.types.items() if key[0] != hearing.device}
    hearing.node = replace(node, types=types, aliases={a: b for a, b in node.aliases.items() if b.device != hearing.device})


def _end(hearing: _Hearing, at: int) -> None:
    """All tags are BAD from the death on, and after the last thing told. # R1"""
    at = max(at, hearing.node.latest + 1)
    hearing.node = replace(hearing.node, latest=at)
    address = address_of(hearing.arrived.topic)
    hearing.told += [Told(tag, at, None, "", BAD, UNDECLARED, address) for tag in hearing.declared.names.below(hearing.place)]


def _payload_stamp(hearing: _Hearing) -> int | None:
    try:
        return stamp_of(hearing.payload.timestamp)
    except Unfit:
        return None


# --- one metric


def _tell(hearing: _Hearing, metric: Wire, name: str, datatype: int) -> None:
    """The reading of a metric that `columns` name; every other metric is not read, like a column that nobody names."""
    tags = hearing.declared.names.tags(hearing.place, name)
    if not tags:
        return
    try:
        if len(tags) > 1:
            raise Unfit(f"several names with + in `columns` fit, of the tags {' and '.join(tags)}")
        quality = BAD if metric.is_null else quality_of(metric)
        text, value = ("", None) if quality == BAD else value_of(metric, datatype)
        ts, mark = _stamp(hearing, metric, tags[0])
    except Unfit as unfit:
        _refuse(hearing, metric, name, str(unfit))
        return
    told = Told(tags[0], ts, value, text, quality, UNDECLARED, address_of(hearing.place, name) + mark)
    hearing.told.append(told)
    hearing.told += _still(hearing, told, metric)
    if not metric.is_historical:
        hearing.node = replace(hearing.node, latest=max(hearing.node.latest, hearing.told[-1].ts))


def _still(hearing: _Hearing, told: Told, metric: Wire) -> list[Told]:
    """A birth says what a metric is at the birth, however long ago it changed: so a value that a death ended holds again. # R1"""
    at = _payload_stamp(hearing) if hearing.kind in ("NBIRTH", "DBIRTH") else None
    if at is None or at <= told.ts or metric.is_historical or told.tag in hearing.declared.add_up:
        return []
    return [replace(told, ts=at)]


def _stamp(hearing: _Hearing, metric: Wire, tag: str) -> tuple[int, str]:
    at = stamp_of(metric.timestamp, hearing.payload.timestamp)
    if at is not None:
        return at, ""
    if tag in hearing.declared.add_up:
        raise Unfit(f'"{tag}" adds up or is a sample, so that its readings must bear a time; by arrival one would count twice')
    return hearing.arrived.at, AT_ARRIVAL


def _refuse(hearing: _Hearing, metric: Wire, name: str, reason: str) -> None:
    label = name or (f"alias {metric.alias}" if metric.HasField("alias") else "")
    hearing.refused.append(Refused(address_of(hearing.place, label), shown(metric, name), reason))


_READERS: Mapping[str, Callable[[_Hearing], None]] = {
    "NBIRTH": _node_birth,
    "DBIRTH": _device_birth,
    "NDATA": _changes,
    "DDATA": _changes,
    "NDEATH": _node_death,
    "DDEATH": _device_death,
}
