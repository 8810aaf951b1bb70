"""Readings as an OPC UA server tells them: every change of the nodes of `columns`, and after a lost connection its history (R3).

Nothing is ever written to the server: it is asked for attributes and history, and told what to report. A report is acknowledged only
when it is on disk; while one is being written, the server keeps the next ones in its queues.

    connect -> find the nodes -> read what was missed -> subscribe -> read what fell between -> hear changes
       ^                                                                                            |
       +--------------------------- after a pause, whenever the connection breaks ------------------+
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shiftledger.core.issue import Issue
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.live_codes import R051, R052, R056, R059
from shiftledger.readings.sources.live import CONNECTED, Deliver, Message, NotKept, Recalls, package_missing
from shiftledger.readings.sources.live_address import server_of
from shiftledger.readings.sources.opcua_history import catch_up, fill
from shiftledger.readings.sources.opcua_listening import FIRST_PAUSE, LONGEST_PAUSE, Listening, Lost, words
from shiftledger.readings.sources.opcua_nodes import Node, nodes_of
from shiftledger.readings.sources.opcua_reports import Reports, subscribed
from shiftledger.readings.sources.opcua_secure import Stranger, Unusable, secure
from shiftledger.readings.sources.opcua_standing import ask_again
from shiftledger.readings.sources.opcua_values import ADDRESS

if TYPE_CHECKING:
    from asyncua import Client, ua

ANSWER = 10.0  # seconds that the server has for an answer
FAREWELL = 2.0  # and for a farewell
LOOK_AGAIN = 60.0  # seconds between two questions for nodes that the server did not know
WATCH = 5.0  # seconds between two questions whether it is still there
SESSION = 60_000  # milliseconds that the server keeps a session of a listener that went away: servers have few
CERTIFICATES = ("Certificate", "Security")  # in names of status codes: the server does not trust this program
LOGINS = ("Identity", "UserAccess")  # or not this user


async def listen(plant: Plant, declared: SourceFile, deliver: Deliver, stop: asyncio.Event) -> tuple[Issue, ...]:
    """Listens to a server until `stop`; connects again by itself. # R3

    What it hears and what happens meanwhile goes to `deliver`; what keeps it from listening comes back.
    """
    found = server_of(declared, os.environ)
    if found.result is None:
        return found.issues
    try:
        import asyncua  # noqa: F401 whether it is there
    except ModuleNotFoundError as error:
        return (package_missing(declared, error),)
    logging.getLogger("asyncua").addHandler(logging.NullHandler())  # what there is to say is said as issues
    listening = Listening(plant, declared, found.result, deliver, stop)
    if isinstance(deliver, Recalls):
        listening.recall(await deliver.newest())
    try:
        return await _again_and_again(listening)
    except Unusable as error:
        return (error.issue,)


async def _again_and_again(listening: Listening) -> tuple[Issue, ...]:
    """Connections one after the other, with growing pauses between those that fail; why is said once for each reason."""
    pause, failure = FIRST_PAUSE, None
    while not listening.stop.is_set():
        stood = asyncio.Event()
        why = await _connection(listening, stood.set)
        if why is None:
            return ()
        if stood.is_set():
            pause, failure = FIRST_PAUSE, None
        if why != failure and not listening.stop.is_set():
            with contextlib.suppress(NotKept):
                await listening.deliver(Message((), (), (why,)))
        failure = why
        await listening.rest(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return () if failure is None else (failure,)


async def _connection(listening: Listening, stood: Callable[[], None]) -> Issue | None:
    """One connection from its beginning to its end; None if it ended because of `stop`, else why it ended."""
    from asyncua import ua

    lost = Lost()
    try:
        await _unless(lost, listening, _hears(listening, lost, stood))
        return None if listening.stop.is_set() else listening.issue(R059, f"{listening.server.plain}: {lost.why}")
    except NotKept as error:
        return listening.issue(R056, words(error))
    except Stranger as error:
        return listening.issue(R052, f"{listening.server.plain} {error}", "Ask whose server it is before you exchange the file.")
    except ua.UaError as error:
        return _refused(listening, error)
    except (OSError, TimeoutError) as error:
        remedy = "Check url, that the server runs, and that nothing between blocks its port."
        return listening.issue(R051, f"{listening.server.plain} does not answer ({words(error)})", remedy)


async def _hears(listening: Listening, lost: Lost, stood: Callable[[], None]) -> None:
    """Everything that a connection brings; goes on until it is cancelled."""
    async with _connected(listening, lost) as client:
        found = await nodes_of(client, listening.plant, listening.declared)
        await listening.keep((), listening.once(found.issues))
        await listening.keep((), await catch_up(listening, client, found.result))
        async with subscribed(listening, client, found.result, lost) as reports:
            await fill(listening, client, [node for node in found.result if node.history])
            reports.ready.set()
            stood()
            await listening.deliver(CONNECTED)
            await _together(_look_again(listening, client, reports), ask_again(listening, client, reports))


async def _together(*works: Coroutine[Any, Any, None]) -> None:
    """Does all of it until it is cancelled or one fails."""
    tasks = [asyncio.ensure_future(one) for one in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _look_again(listening: Listening, client: Client, reports: Reports) -> None:
    """Nodes of `columns` that the server did not know are asked for now and then: it may know them by now."""
    while True:
        known = {node.watched.address for node in reports.nodes}
        missing = tuple(pair for pair in listening.declared.columns if ADDRESS + pair[0] not in known)
        if not missing:
            return
        await listening.rest(LOOK_AGAIN)
        found = await nodes_of(client, listening.plant, replace(listening.declared, columns=missing))
        fresh = [node for node in found.result if await _is_there(client, node)]
        if fresh:
            await listening.keep((), [*await catch_up(listening, client, fresh), *await reports.watch(fresh)])
            await fill(listening, client, [node for node in fresh if node.history])


async def _is_there(client: Client, node: Node) -> bool:
    """Whether the server knows a node: a node's number says nothing about that."""
    from asyncua import ua

    (answer,) = await client.uaclient.read_attributes([node.id], ua.AttributeIds.NodeClass)
    return answer.StatusCode is None or bool(answer.StatusCode.is_good())


async def _unless(lost: Lost, listening: Listening, work: Coroutine[Any, Any, None]) -> None:
    """Does the work until all stops, the connection is lost, or the work fails, whichever comes first."""
    tasks = [asyncio.ensure_future(one) for one in (work, lost.wait(), listening.stop.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done:
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _connected(listening: Listening, lost: Lost) -> AsyncIterator[Client]:
    """A session with the server."""
    from asyncua import Client

    server = listening.server
    client = Client(server.plain, timeout=ANSWER, watchdog_intervall=WATCH)
    client.name = client.description = "Shiftledger"
    client.session_timeout = SESSION
    if server.user:
        client.set_user(server.user)
        client.set_password(server.password)

    async def gone(error: Exception) -> None:
        lost.because(f"the connection broke ({words(error)})")

    client.connection_lost_callback = gone
    await secure(client, listening.plant, listening.declared)
    await client.connect()
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.disconnect(), FAREWELL)


def _refused(listening: Listening, error: ua.UaError) -> Issue:
    """What the server, or the package that speaks to it, refuses."""
    name, plain = type(error).__name__, listening.server.plain
    if "No matching endpoints" in str(error):
        return listening.issue(R052, f"{plain} offers no such security", "Set `security` to what the server offers.")
    text = f"{plain} refuses: {name if name.startswith('Bad') else words(error)}"
    if any(word in name for word in CERTIFICATES):
        return listening.issue(
            R052, text, "Let the server trust the certificate of this source, and `server_certificate` be its own."
        )
    if any(word in name for word in LOGINS):
        return listening.issue(R052, text, "Check the name and the password, and that the server lets this user in.")
    return listening.issue(R051, text)
