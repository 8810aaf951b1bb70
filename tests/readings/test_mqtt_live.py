"""R3, R4: listening to a real broker. Nothing is acknowledged before it is kept, and nothing that a broker keeps is lost."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("aiomqtt", reason="needs aiomqtt, of the extra named live")
pytest.importorskip("google.protobuf", reason="needs protobuf, of the extra named live")

import itertools

import aiomqtt

import hand_made
from broker import Broker, broker
from ports import free_port
from readings.mqtt_told import HERE, PATIENCE, PLANT, Kept, Listening, known, publish, source, until
from readings.wire import metric, payload
from shiftledger.core.issue import Issue
from shiftledger.plant.model import Meter, SourceFile
from shiftledger.readings.batch import BAD, GOOD
from shiftledger.readings.sources import mqtt
from shiftledger.readings.sources.live import CONNECTED, Message, NotKept
from shiftledger.readings.sources.mqtt import listen


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path) as one:
        yield one


def test_r3_messages_come_in_order_and_once(server: Broker) -> None:
    async def story() -> None:
        kept = Kept()
        await known(server, source(server))
        async with Listening(source(server), kept) as listening:
            await publish(server, *(("plant/ft1", str(n)) for n in range(50)))
            await until(lambda: len(kept.told) >= 50)
        assert listening.issues == ()
        assert kept.texts == [str(n) for n in range(50)]
        stamps = [one.ts for one in kept.told]
        assert stamps == sorted(set(stamps))
        assert abs(stamps[-1] - time.time_ns() // 1000) < PATIENCE * 1_000_000
        assert {one.address for one in kept.told} == {"mqtt:plant/ft1@arrival"}

    asyncio.run(story())


def test_r3_what_was_not_kept_when_the_program_died_is_sent_again(server: Broker) -> None:
    async def story() -> None:
        declared = source(server)
        await known(server, declared)
        stuck = asyncio.Event()

        async def never(message: Message) -> None:
            stuck.set()
            await asyncio.Event().wait()

        first = Listening(declared, Kept(before=never))
        await first.__aenter__()
        await publish(server, ("plant/ft1", "1"), ("plant/ft1", "2"))
        await asyncio.wait_for(stuck.wait(), PATIENCE)
        await first.die()
        again = Kept()
        async with Listening(declared, again):
            await until(lambda: len(again.told) >= 2)
        assert again.texts == ["1", "2"]
        after = Kept()
        async with Listening(declared, after):
            await publish(server, ("plant/ft1", "3"))
            await until(lambda: len(after.told) >= 1)
        assert after.texts == ["3"]  # what was kept is not sent again

    asyncio.run(story())


def test_r3_what_was_told_while_nobody_listened_is_waiting(server: Broker) -> None:
    async def story() -> None:
        declared = source(server)
        await known(server, declared)
        await publish(server, ("plant/ft1", "1"), ("plant/ft1", "2"))
        kept = Kept()
        async with Listening(declared, kept):
            await until(lambda: len(kept.told) >= 2)
        assert kept.texts == ["1", "2"]

    asyncio.run(story())


def test_r4_what_the_disk_refused_is_sent_again(server: Broker) -> None:
    async def story() -> None:
        declared = source(server)
        await known(server, declared)
        refusals = 2

        async def full(message: Message) -> None:
            nonlocal refusals
            refusals -= bool(message.told)
            if message.told and refusals >= 0:
                raise NotKept("full")

        kept = Kept(before=full)
        async with Listening(declared, kept) as listening:
            await publish(server, ("plant/ft1", "1"))
            await until(lambda: bool(kept.told))
        assert (kept.texts, refusals, listening.issues) == (["1"], -1, ())

    asyncio.run(story())


def test_r3_a_broker_that_restarts_is_found_again(server: Broker) -> None:
    async def story() -> None:
        kept = Kept()
        await known(server, source(server))
        async with Listening(source(server), kept) as listening:
            await publish(server, ("plant/ft1", "1"))
            await until(lambda: len(kept.told) >= 1)
            server.stop()
            await until(lambda: bool(kept.issues))
            server.start()
            await publish(server, ("plant/ft1", "2"))  # the broker has kept the session: it does not matter who comes first
            await until(lambda: len(kept.told) >= 2)
        assert kept.texts == ["1", "2"]
        assert listening.issues == ()
        assert kept.issues[0].code == "R059"
        assert kept.issues[0].message.startswith(f'source "b": the connection to {server.url} was lost')
        assert kept.issues[0].at == HERE

    asyncio.run(story())


def test_r3_kept_messages_and_topics_of_before(server: Broker) -> None:
    """A message that the broker keeps has no age unless it says so; a topic that is no longer named is no longer read."""

    async def story() -> None:
        await publish(server, ("plant/ft1", "7"), ("plant/ft2", '{"time": "2026-01-04T06:00:00Z", "value": 8}'), retain=True)
        columns = (("plant/ft1", "FT-1"), ("plant/ft2", "FT-2"))
        kept = Kept()
        declared = source(server, columns=columns, time="time")
        async with Listening(declared, kept):
            await until(lambda: bool(kept.told) and bool(kept.reasons))
        assert kept.texts == ["8"]
        assert kept.reasons == ["the broker kept this message, and it bears no time: nobody knows how old it is"]
        await publish(server, ("plant/ft1", "9"), ("plant/ft2", "10"))
        fewer = Kept()
        async with Listening(source(server, columns=columns, topics=("plant/ft2",)), fewer):
            await until(lambda: "10" in fewer.texts)
        assert "9" not in fewer.texts

    asyncio.run(story())


EDGE = {"payload": "sparkplug", "topics": ("spBv1.0/#",), "columns": (("mill/edge#Flow", "FT-1"),)}


def test_r3_an_edge_node_is_asked_for_its_birth_and_its_death_ends_the_hold(server: Broker) -> None:
    """The node was born before anybody listened. Asked, it tells its birth; then it dies without a word, and the broker says so."""
    now = time.time_ns() // 1_000_000
    mark = metric(("long", 4), name="bdSeq", datatype=8)
    birth = payload(mark, metric(("float", 1.5), name="Flow", alias=7, datatype=9, timestamp=now - 5_000), at=now, seq=0)
    change = payload(metric(("float", 2.5), alias=7, timestamp=now + 1), at=now + 1, seq=1)

    async def story() -> None:
        kept, will = Kept(), aiomqtt.Will("spBv1.0/mill/NDEATH/edge", payload(mark), qos=1)
        async with aiomqtt.Client("127.0.0.1", server.port, will=will) as edge:
            await edge.subscribe("spBv1.0/mill/NCMD/edge")
            async with Listening(source(server, **EDGE), kept) as listening:
                order = await asyncio.wait_for(anext(aiter(edge.messages)), PATIENCE)
                assert b"Node Control/Rebirth" in bytes(order.payload)
                await edge.publish("spBv1.0/mill/NBIRTH/edge", birth)
                await edge.publish("spBv1.0/mill/NDATA/edge", change)
                await until(lambda: len(kept.told) >= 3)
                edge._client._sock_close()  # the line is cut
                await until(lambda: len(kept.told) >= 4)
        assert [(one.text, one.quality) for one in kept.told] == [("1.5", GOOD), ("1.5", GOOD), ("2.5", GOOD), ("", BAD)]
        stamps = [one.ts // 1000 - now for one in kept.told]
        assert stamps[:3] == [-5_000, 0, 1]
        assert 1 < stamps[3] < PATIENCE * 1000
        assert (listening.issues, kept.reasons) == ((), [])

    with suppress(aiomqtt.MqttError):  # of the node whose line was cut
        asyncio.run(story())
        return
    raise AssertionError("the edge node did not lose its line")


def test_q1_an_edge_node_is_asked_again_before_its_silence_counts_as_a_gap(
    server: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap of 0.6 s is avoided by asking every 0.3 s. The node tells each time that its value of an hour ago still is so."""
    monkeypatch.setattr("shiftledger.readings.sources.mqtt.ASK_AGAIN", 0.1)
    plant = hand_made.plant(meters=(Meter("FT-1", "rate", stream="ore", unit="t/h", max_gap=600_000),))
    hour_ago = time.time_ns() // 1_000_000 - 3_600_000

    async def story() -> None:
        kept, stop = Kept(), asyncio.Event()
        async with aiomqtt.Client("127.0.0.1", server.port) as edge:
            await edge.subscribe("spBv1.0/mill/NCMD/edge")
            task = asyncio.ensure_future(listen(plant, source(server, **EDGE), kept.deliver, stop))
            orders = aiter(edge.messages)
            for _ in range(3):
                await asyncio.wait_for(anext(orders), PATIENCE)
                flow = metric(("float", 1.5), name="Flow", alias=7, datatype=9, timestamp=hour_ago)
                await edge.publish("spBv1.0/mill/NBIRTH/edge", payload(flow, at=time.time_ns() // 1_000_000, seq=0))
            await until(lambda: len(kept.told) >= 6)
            stop.set()
            assert await asyncio.wait_for(task, PATIENCE) == ()
        later = [one.ts for one in kept.told if one.ts > hour_ago * 1000]
        assert len(later) == 3
        assert all(200_000 < b - a < 5_000_000 for a, b in itertools.pairwise(later))

    asyncio.run(story())


def begun(declared: SourceFile) -> tuple[Issue, ...]:
    """The issues of a source that cannot begin."""

    async def story() -> tuple[Issue, ...]:
        return await asyncio.wait_for(listen(PLANT, declared, Kept().deliver, asyncio.Event()), PATIENCE)

    return asyncio.run(story())


def test_r3_a_broker_that_starts_later_is_said_once_and_found(server: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shiftledger.readings.sources.mqtt.PAUSES", (0.02, 0.1))
    server.stop()

    async def story() -> None:
        kept = Kept()
        async with Listening(source(server), kept) as listening:
            await until(lambda: bool(kept.issues))
            await asyncio.sleep(0.3)  # it goes on trying, and says no more
            assert kept.messages == [Message((), (), tuple(kept.issues))]
            await asyncio.to_thread(server.start)
            await until(lambda: CONNECTED in kept.messages)
            await publish(server, ("plant/ft1", "1"))
            await until(lambda: kept.texts == ["1"])
        assert listening.issues == ()
        (issue,) = kept.issues
        assert (issue.code, issue.at) == ("R051", HERE)
        assert issue.message.startswith(f'source "b": no broker answers at {server.url}: ')

    asyncio.run(story())


def test_r3_nobody_there() -> None:
    async def story() -> None:
        kept, port = Kept(), free_port()
        declared = SourceFile("b", format="mqtt", url=f"mqtt://127.0.0.1:{port}", topics=("a",), at=HERE)
        async with Listening(declared, kept) as listening:
            await until(lambda: bool(kept.issues))
        assert listening.issues == tuple(kept.issues)  # said at once, and returned: it was in vain

    asyncio.run(story())
    (issue,) = begun(SourceFile("b", format="mqtt", url="amqp://127.0.0.1:1", topics=("a",), at=HERE))
    assert issue.message == 'source "b": the address does not begin with mqtt:// or mqtts://'


def test_r3_topics_that_the_broker_refuses_are_named(tmp_path: Path) -> None:
    """A broker of MQTT 5 refuses a topic in its answer; this one lets everything be subscribed to and tells nothing, so its answer is made."""

    class Refusing:
        async def subscribe(self, topics: list[tuple[str, int]]) -> list[int]:
            return [1, 128]

    declared = SourceFile("b", format="mqtt", url="mqtt://x", topics=("a", "b/#"), at=HERE)
    listener = SimpleNamespace(declared=declared)
    (issue,) = asyncio.run(mqtt._subscribed(listener, Refusing()))  # type: ignore[arg-type]
    assert (issue.code, issue.at, issue.message) == ("R052", HERE, 'source "b": the broker refuses the topics b/#')


@pytest.mark.parametrize(("package", "payload"), [("google.protobuf", "sparkplug")])
def test_r3_without_its_package_a_source_says_what_to_install(
    package: str, payload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (issue,) = begun(SourceFile("b", format="mqtt", url="mqtt://127.0.0.1:1", topics=("a",), payload=payload, at=HERE))
    assert (issue.code, issue.at, '"google"' in issue.message) == ("R050", HERE, True)


def test_r3_what_nobody_acknowledges_does_not_fill_the_memory(server: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for three. While the first is being written ten come: with QoS 0 seven of them are lost, and said; with QoS 1 none is."""
    monkeypatch.setattr(mqtt, "WAITING", 3)
    came: list[object] = []
    real = mqtt.Client._came

    def counted(self: mqtt.Client, *given: Any) -> None:
        real(self, *given)
        came.append(given)

    monkeypatch.setattr(mqtt.Client, "_came", counted)

    async def story(qos: int) -> Kept:
        stuck, go = asyncio.Event(), asyncio.Event()

        async def slow(message: Message) -> None:
            if message.told:
                stuck.set()
                await go.wait()

        await known(server, source(server))
        kept = Kept(before=slow)
        async with Listening(source(server), kept):
            await until(lambda: CONNECTED in kept.messages)
            await publish(server, ("plant/ft1", "0"))
            await asyncio.wait_for(stuck.wait(), PATIENCE)
            before = len(came)
            await publish(server, *(("plant/ft1", str(n)) for n in range(1, 11)), qos=qos)
            await until(lambda: len(came) == before + 10)
            go.set()
            await until(lambda: len(kept.told) >= (4 if qos == 0 else 11))
        return kept

    lossy = asyncio.run(story(0))
    assert lossy.texts == ["0", "1", "2", "3"]
    assert [issue.code for issue in lossy.issues] == ["R112"]
    assert lossy.issues[0].message.startswith('source "b": 7 messages without acknowledgement were lost')
    whole = asyncio.run(story(1))
    assert (whole.texts, whole.issues) == ([str(n) for n in range(11)], [])


def test_r3_a_refused_login_shows_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users").write_text("")
    monkeypatch.setenv("MQTT_PASSWORD", "hunter2/?")
    with broker(tmp_path, "allow_anonymous false", f"password_file {tmp_path / 'users'}") as server:
        url = server.url.replace("://", "://plant:${MQTT_PASSWORD}@")
        (issue,) = begun(source(server, url=url))
    assert issue.code == "R052"
    assert issue.message.startswith(f'source "b": the broker at {server.url} refuses the login: ')
    assert "hunter2" not in str(issue)


def test_r3_a_topic_that_is_none(server: Broker) -> None:
    (issue,) = begun(source(server, topics=("plant/#/x",)))
    assert (issue.code, issue.at) == ("R051", HERE)
    assert issue.message.startswith('source "b": topics: ')


def test_r3_an_encrypted_broker_is_trusted_only_by_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, which makes the certificate of this test")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(made, check=True, capture_output=True)
    with broker(tmp_path, "allow_anonymous true", f"certfile {certificate}", f"keyfile {key}") as server:
        declared = source(server, url=f"mqtts://localhost:{server.port}")
        (issue,) = begun(declared)
        assert issue.code == "R052"
        assert issue.message.startswith(f'source "b": the broker at mqtts://localhost:{server.port} is not trusted: ')
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

        async def story() -> tuple[Issue, ...]:
            kept = Kept()
            async with Listening(declared, kept) as listening:
                await until(lambda: CONNECTED in kept.messages)
            return listening.issues

        assert asyncio.run(story()) == ()
