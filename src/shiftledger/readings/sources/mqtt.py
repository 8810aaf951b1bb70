"""Who listens to a broker of MQTT, and when may a message be acknowledged (R3)?

With QoS 1 and a session that the broker keeps under one name, a broker sends again what was not acknowledged; a message is acknowledged only
when it is on disk. All messages that wait are put on disk together. Sparkplug B edge nodes publish without acknowledgement (QoS 0), so
what they said while nobody listened is lost, and after every connection they are asked to tell all their values again.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiomqtt

from shiftledger.core.issue import Issue
from shiftledger.core.period import HOUR, SECOND
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import clip
from shiftledger.readings.live_codes import R051, R052, R059, live_issue
from shiftledger.readings.mqtt_codes import R112
from shiftledger.readings.sources.choose import unusable
from shiftledger.readings.sources.live import CONNECTED, Deliver, Message, NotKept, Refused, Told, package_missing
from shiftledger.readings.sources.live_address import Server, server_of
from shiftledger.readings.sources.mqtt_json import ADD_UP, Arrived, Declared, declared_of, read_json

if TYPE_CHECKING:
    from shiftledger.readings.sources.sparkplug import Nodes

PORTS = {"mqtt": 1883, "mqtts": 8883}
QOS = 1  # at least once
KEEPALIVE = 30  # seconds; a broker counts one and a half of it as lost
PAUSES = (0.5, 60.0)  # seconds until it connects again: the first time, and at most
TOGETHER = 1000  # messages that are put on disk at once
WAITING = 100_000  # messages that may wait in memory; of those without acknowledgement (QoS 0) more are lost
ASK_AGAIN = 10.0  # seconds between two requests to one edge node
TOPICS = "A + stands for one whole level, a # for all that follow and is last."
REFUSED_LOGIN = frozenset({4, 5, 134, 135})  # reasons of a broker: name or password, not authorised (MQTT 3.1.1 and 5)


async def listen(plant: Plant, declared: SourceFile, deliver: Deliver, stop: asyncio.Event) -> tuple[Issue, ...]:
    """Listens to the broker of a source until `stop`; the issues say why it could not begin. # R3"""
    server = server_of(declared, os.environ)
    issues = (*unusable(plant, declared), *server.issues)
    if issues or server.result is None:
        return issues
    if server.result.scheme not in PORTS:
        return (live_issue(R051, _of(declared, "the address does not begin with mqtt:// or mqtts://"), declared.at),)
    try:
        listener = _Listener(declared, server.result, client_id(plant, declared), _reader(plant, declared), deliver, stop)
    except ModuleNotFoundError as error:
        return (package_missing(declared, error),)
    return await _until_stopped(listener)


def _of(declared: SourceFile, message: str) -> str:
    return f'source "{declared.id}": {message}'


def client_id(plant: Plant, declared: SourceFile) -> str:
    """One name for ever, of a length that every broker takes: under it a broker keeps what was not acknowledged."""
    return f"shiftledger{hashlib.sha256(f'{plant.settings.id}/{declared.id}'.encode()).hexdigest()[:12]}"


# --- what a message tells


@dataclass(slots=True)
class Reader:
    """Messages of one source, one after the other; `ask` are the edge nodes that must tell their births again."""

    declared: Declared
    steady: float = math.inf  # seconds until edge nodes are asked again what has not changed

    def read(self, arrived: Arrived) -> tuple[Message, tuple[str, ...]]:
        """What a message tells, and the edge nodes to ask."""
        return read_json(self.declared, arrived), ()

    def connected(self) -> tuple[str, ...]:
        """A connection begins: the edge nodes to ask."""
        return ()

    def living(self) -> tuple[str, ...]:
        """The edge nodes that are there."""
        return ()


@dataclass(slots=True)
class SparkplugReader(Reader):
    """Sparkplug B: what a message means depends on the births before it."""

    nodes: Nodes = field(default_factory=dict)

    def read(self, arrived: Arrived) -> tuple[Message, tuple[str, ...]]:
        from shiftledger.readings.sources.sparkplug import read_sparkplug

        heard = read_sparkplug(self.declared, self.nodes, arrived)
        self.nodes = heard.nodes
        return heard.message, heard.ask

    def connected(self) -> tuple[str, ...]:
        """What was born before may have been born again meanwhile: nothing is known until it is told anew."""
        self.nodes = {name: replace(node, seq=None, whole=False, aliases={}, types={}) for name, node in self.nodes.items()}
        named = {"/".join(place.split("/")[:2]) for place in self.declared.names.exact if "/" in place}
        return tuple(sorted({*named, *self.nodes}))

    def living(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, node in self.nodes.items() if node.whole))


def _reader(plant: Plant, declared: SourceFile) -> Reader:
    if declared.payload != "sparkplug":
        return Reader(declared_of(plant, declared))
    import google.protobuf  # noqa: F401  # a missing package is said before anything is listened to

    return SparkplugReader(declared_of(plant, declared), _steady(plant, declared))


def _steady(plant: Plant, declared: SourceFile) -> float:
    """Half of the shortest time after which a silent meter of the source counts as a gap, in seconds.

    An edge node is silent of what does not change; asked in time, it says that it still is so, and a steady value is no gap. # Q1
    """
    tags = {tag for _, tag in declared.columns}
    holds = [min(meter.max_gap, meter.max_hold) for meter in plant.meters if meter.tag in tags and meter.kind not in ADD_UP]
    return max(min(holds, default=HOUR) / 2 / SECOND, ASK_AGAIN)


# --- one connection after the other


class Client(aiomqtt.Client):
    """A client that acknowledges a message when it is told to, not when the message comes."""

    def __init__(self, server: Server, client_id: str) -> None:
        super().__init__(
            server.host,
            server.port or PORTS[server.scheme],
            username=server.user or None,
            password=server.password or None,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=False,
            keepalive=KEEPALIVE,
            tls_context=ssl.create_default_context() if server.scheme == "mqtts" else None,
        )
        self._client.manual_ack_set(True)  # aiomqtt has no word for it; paho, which it wraps, does
        self._client.on_message = self._came
        self.lost = 0  # messages that there was no room for

    def _came(self, client: Any, userdata: Any, message: Any) -> None:
        """A message waits. A broker bounds those that are acknowledged; of the others, too many would fill the memory."""
        if message.qos == 0 and self._queue.qsize() >= WAITING:
            self.lost += 1
        else:
            self._on_message(client, userdata, message)

    def waiting(self, most: int) -> list[aiomqtt.Message]:
        """What has come and waits, taken at once: nobody else may take it meanwhile."""
        return [self._queue.get_nowait() for _ in range(min(most, self._queue.qsize()))]

    def acknowledge(self, messages: Iterable[aiomqtt.Message]) -> None:
        """Tells the broker that messages are kept, in the order in which they came."""
        for message in messages:
            self._client.ack(message.mid, message.qos)


@dataclass(slots=True)
class _Listener:
    """A source while it is listened to."""

    declared: SourceFile
    server: Server
    client_id: str
    reader: Reader
    deliver: Deliver
    stop: asyncio.Event
    arrival: int = 0  # of the last message
    said: set[str] = field(default_factory=set)
    asked: dict[str, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    pause: float = PAUSES[0]  # until it connects again


async def _until_stopped(listener: _Listener) -> tuple[Issue, ...]:
    """Connects, listens, and connects again with growing pauses; what is refused before anything stood ends it, with the reason.

    A broker that does not answer may start later than this program: it is said once and tried again.
    """
    stood, failure = False, None
    while not listener.stop.is_set():
        try:
            async with Client(listener.server, listener.client_id) as client:
                refused = await _subscribed(listener, client)
                if refused and not stood:
                    return refused
                stood, failure = True, None
                await _say(listener, CONNECTED)
                await _take_all(listener, client)
                return ()
        except NotKept:
            pass  # said by who could not keep it; the broker sends again what was not acknowledged, to a new connection
        except aiomqtt.MqttError as error:
            why = _lost(listener, error) if stood else _cannot(listener, error)
            if not stood and why.code != R051.code:
                return (why,)
            if why != failure:
                await _say(listener, Message((), (), (why,)))
            failure = why
        with suppress(TimeoutError):
            await asyncio.wait_for(listener.stop.wait(), listener.pause)
        listener.pause = min(2 * listener.pause, PAUSES[1])
    return () if stood or failure is None else (failure,)


async def _subscribed(listener: _Listener, client: Client) -> tuple[Issue, ...]:
    """Asks for the topics; those that the broker refuses. Then edge nodes are asked for their births."""
    topics = listener.declared.topics
    try:
        answers = await client.subscribe([(topic, QOS) for topic in topics])
    except ValueError as error:  # what no broker would understand
        return (live_issue(R051, _of(listener.declared, f"topics: {clip(str(error))}"), listener.declared.at, TOPICS),)
    refused = [topic for topic, answer in zip(topics, answers, strict=True) if getattr(answer, "is_failure", answer == 128)]
    if refused:
        message = _of(listener.declared, f"the broker refuses the topics {', '.join(map(clip, refused))}")
        return (live_issue(R052, message, listener.declared.at, "Allow its user to read them, or correct `topics`."),)
    await _ask(listener, client, listener.reader.connected())
    return ()


async def _take_all(listener: _Listener, client: Client) -> None:
    """Message after message until `stop`; what waits then is still taken."""
    messages = aiter(client.messages)
    stopping = asyncio.ensure_future(listener.stop.wait())
    asking = asyncio.ensure_future(_ask_steadily(listener, client))
    try:
        while not listener.stop.is_set():
            one = asyncio.ensure_future(anext(messages))
            await asyncio.wait({one, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not one.done():
                one.cancel()
                break
            await _take(listener, client, [one.result()])
        while len(client.messages):
            await _take(listener, client, [])
    finally:
        stopping.cancel()
        asking.cancel()


async def _take(listener: _Listener, client: Client, first: list[aiomqtt.Message]) -> None:
    """Some messages, and those that wait behind them: read, put on disk, acknowledged - in this order."""
    taken = [*first, *client.waiting(TOGETHER - len(first))]
    told: list[Told] = []
    refused: list[Refused] = []
    issues: list[Issue] = []
    ask: set[str] = set()
    for message in taken:
        if not any(message.topic.matches(topic) for topic in listener.declared.topics):
            continue  # the broker's session still holds a topic that sources.toml no longer names
        listener.arrival = max(time.time_ns() // 1000, listener.arrival + 1)  # two messages never arrive at one instant
        arrived = Arrived(str(message.topic), bytes(message.payload or b""), listener.arrival, bool(message.retain))
        said, nodes = listener.reader.read(arrived)
        told += said.told
        refused += said.refused
        issues += [issue for issue in said.issues if _is_new(listener, issue)]
        ask |= set(nodes)
    if client.lost:
        issues.append(_too_many(listener, client.lost))
        client.lost = 0
    if told or refused or issues:
        await listener.deliver(Message(tuple(told), tuple(refused), tuple(issues)))
    client.acknowledge(taken)
    listener.pause = PAUSES[0]  # all is well again
    await _ask(listener, client, sorted(ask))


def _is_new(listener: _Listener, issue: Issue) -> bool:
    """True for an issue that was not said before, so that a message every second is not complained of every second."""
    if issue.message in listener.said:
        return False
    if len(listener.said) < TOGETHER:
        listener.said.add(issue.message)
    return True


async def _ask(listener: _Listener, client: Client, nodes: Iterable[str]) -> None:
    """Asks edge nodes to tell their births again, each not too often."""
    now = listener.clock()
    for node in nodes:
        if now - listener.asked.get(node, -ASK_AGAIN) >= ASK_AGAIN:
            from shiftledger.readings.sources.sparkplug import rebirth_wish, wish_topic

            listener.asked[node] = now
            await client.publish(wish_topic(node), rebirth_wish(time.time_ns() // 1000), qos=0, retain=False)


async def _ask_steadily(listener: _Listener, client: Client) -> None:
    """Asks the living edge nodes before their silence would count as a gap."""
    while listener.reader.steady < math.inf:
        await asyncio.sleep(listener.reader.steady)
        with suppress(aiomqtt.MqttError):  # a lost connection is noticed where messages are awaited
            await _ask(listener, client, listener.reader.living())


async def _say(listener: _Listener, message: Message) -> None:
    """Something for whoever watches; that it cannot be kept is no reason to stop."""
    with suppress(NotKept):
        await listener.deliver(message)


# --- why not


def _cannot(listener: _Listener, error: aiomqtt.MqttError) -> Issue:
    """Why the first connection failed, without a secret."""
    declared, server = listener.declared, listener.server
    reason = getattr(error, "rc", None)
    said = clip(server.hidden(str(error))) or type(error).__name__
    if getattr(reason, "value", reason) in REFUSED_LOGIN and isinstance(error, aiomqtt.MqttCodeError):
        message = _of(declared, f"the broker at {server.plain} refuses the login: {said}")
        return live_issue(
            R052, message, declared.at, "Check the name and the password in the environment, and what the broker allows it."
        )
    if "certificate" in said.lower() or "ssl" in said.lower():
        remedy = (
            "Set SSL_CERT_FILE to the file of the authority that signed the broker's certificate, and use the name that it holds."
        )
        return live_issue(R052, _of(declared, f"the broker at {server.plain} is not trusted: {said}"), declared.at, remedy)
    message = _of(declared, f"no broker answers at {server.plain}: {said}")
    return live_issue(R051, message, declared.at, "Check the address, the network, and whether the broker runs.")


def _too_many(listener: _Listener, count: int) -> Issue:
    message = _of(
        listener.declared, f"{count} messages without acknowledgement were lost: they came faster than the disk takes them"
    )
    remedy = "Publish with QoS 1: then the broker keeps what waits. Or publish less often."
    return live_issue(R112, message, listener.declared.at, remedy)


def _lost(listener: _Listener, error: aiomqtt.MqttError) -> Issue:
    message = _of(
        listener.declared, f"the connection to {listener.server.plain} was lost: {clip(listener.server.hidden(str(error)))}"
    )
    remedy = "It connects again by itself. Lost again and again, somebody else may listen under the same name: one plant listens once to one broker."
    return live_issue(R059, message, listener.declared.at, remedy)
