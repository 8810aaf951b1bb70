"""What changes at a server, report by report, and how is it noticed that some of it was lost (R3)?

A report is acknowledged when `take` returns, so only when it is on disk; until then the server keeps it. Lost values show in the
overflow bit of a status code, lost reports in the numbers that they carry; both are read from the history where there is one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue
from shiftledger.core.period import DAY, SECOND
from shiftledger.readings.opcua_codes import R102
from shiftledger.readings.sources.opcua_history import fill, time_of
from shiftledger.readings.sources.opcua_listening import Listening, Lost, now
from shiftledger.readings.sources.opcua_nodes import Node, parts, unknown
from shiftledger.readings.sources.opcua_values import ADDRESS, Heard, all_heard, overflowed, standing

if TYPE_CHECKING:
    from asyncua import Client, ua

ALIVE = 10 * SECOND  # after which the server says that nothing changed
PATIENCE = 600 * SECOND  # that the server keeps a subscription nobody asks for: while a report is being written
QUEUE = 100  # changes of a node that the server keeps between two reports
REACH = DAY  # how old a value may be that is told first, where no backfill is declared
LAST_NUMBER = 2**32 - 1  # of a report; the next is 1


@contextlib.asynccontextmanager
async def subscribed(listening: Listening, client: Client, nodes: Sequence[Node], lost: Lost) -> AsyncIterator[Reports]:
    """A subscription to the changes of the nodes. Reports are heard from when `ready` is set. # R3"""
    reports = Reports(listening, client, lost, await time_of(client))
    answer = await client.uaclient.create_subscription(_subscription(listening.declared.publish), reports.take)
    alive = answer.RevisedPublishingInterval * max(answer.RevisedMaxKeepAliveCount, 1) / 1000
    reports.id = answer.SubscriptionId
    await listening.keep((), await reports.watch(nodes))
    watching = asyncio.create_task(reports.silence(3 * alive + 10))
    try:
        yield reports
    finally:
        watching.cancel()
        await reports.close()


class Reports:
    """Takes the reports of one subscription, one after the other. `begun`: when, by the server's clock; `id`: what the server calls it."""

    def __init__(self, listening: Listening, client: Client, lost: Lost, begun: int = 0) -> None:
        self.listening, self.client, self.lost, self.begun = listening, client, lost, begun
        self.id = 0
        self.ready = asyncio.Event()
        self._nodes: dict[int, Node] = {}  # by the handle that a report names
        self._first: set[int] = set()  # handles of which nothing was reported yet
        self._busy, self._closed = asyncio.Lock(), False
        self._number: int | None = None
        self._heard_at = time.monotonic()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes whose changes are reported."""
        return tuple(self._nodes.values())

    async def watch(self, nodes: Sequence[Node]) -> list[Issue]:
        """Asks for changes of these nodes, too; what the server refuses is an issue each."""
        first = max(self._nodes, default=0) + 1
        handles = list(range(first, first + len(nodes)))
        asked = dict(zip(handles, nodes, strict=True))
        self._nodes |= asked  # a report may come before the answer
        self._first |= set(handles)
        issues = []
        for some in parts(handles):
            request = _items(self.id, {handle: asked[handle] for handle in some}, self.listening.declared.publish)
            for handle, item in zip(some, await self.client.uaclient.create_monitored_items(request), strict=True):
                if not item.StatusCode.is_good():
                    address = self._nodes.pop(handle).watched.address.removeprefix(ADDRESS)
                    issues.append(unknown(self.listening.declared, address, f"the server refuses it ({item.StatusCode.name})"))
        return self.listening.once(issues)

    async def take(self, report: ua.PublishResult) -> None:
        """One report. Returns when it is on disk; one that cannot be kept is never acknowledged."""
        await self.ready.wait()
        async with self._busy:
            try:
                if not self._closed:
                    await self._taken(report)
                    return
            except Exception as error:  # the package would log it and acknowledge
                self.lost.because(f"a report could not be taken ({type(error).__name__}: {error})")
            finally:
                self._heard_at = time.monotonic()
        await asyncio.Event().wait()  # until the session is closed

    async def close(self) -> None:
        """Returns when no report is being written any more; from then on none is taken."""
        self._closed = True
        self.ready.set()
        async with self._busy:
            pass

    async def silence(self, limit: float) -> None:
        """Notices when no report comes for `limit` seconds, though the server says every so often that nothing changed."""
        while True:
            await asyncio.sleep(1)
            waits = self._busy.locked() or not self.ready.is_set()
            if not waits and time.monotonic() - self._heard_at > limit:
                self.lost.because("the server stopped reporting")

    async def _taken(self, report: ua.PublishResult) -> None:
        from asyncua import ua

        message, arrival = report.NotificationMessage, now()
        if not message.NotificationData:
            return  # nothing changed
        missed = self._missed(int(message.SequenceNumber))
        values: dict[int, list[ua.DataValue]] = {}
        for each in message.NotificationData:
            if isinstance(each, ua.StatusChangeNotification):
                self.lost.because(f"the server ended the subscription ({each.Status.name})")
            for item in getattr(each, "MonitoredItems", None) or ():
                if item.ClientHandle in self._nodes:
                    values.setdefault(item.ClientHandle, []).append(item.Value)
        over = [handle for handle, some in values.items() if any(overflowed(one) for one in some)]
        issues = await self._recovered(list(self._nodes) if missed else over)
        await self.listening.keep([one for handle, some in values.items() for one in self._heard(handle, some, arrival)], issues)

    def _heard(self, handle: int, values: Sequence[ua.DataValue], arrival: int) -> Iterator[Heard]:
        node = self._nodes[handle].watched
        found = all_heard(node, values, arrival, self.listening.last.get(node.address))
        if handle in self._first:
            self._first.remove(handle)
            reach = self.begun - (self.listening.declared.backfill or REACH)
            yield standing(next(found), reach, self.begun)
        yield from found

    def _missed(self, number: int) -> bool:
        """True if reports are missing before this one."""
        before, self._number = self._number, number
        return before is not None and number != (1 if before == LAST_NUMBER else before + 1)

    async def _recovered(self, handles: Sequence[int]) -> list[Issue]:
        """Values that were lost on the way, from the history, and what there is to say about it."""
        if not handles:
            return []
        nodes = [self._nodes[handle] for handle in handles]
        without = await fill(self.listening, self.client, nodes)
        many = f" and {len(nodes) - 1} more" if len(nodes) > 1 else ""
        held = "" if not without else f"; of {len(without)} of them the server offers no history"
        return [self.listening.issue(R102, f"{nodes[0].watched.tag}{many}: the server's queue ran over{held}")]


def _subscription(publish: int) -> ua.CreateSubscriptionParameters:
    from asyncua import ua

    alive = max(1, ALIVE // publish)
    return ua.CreateSubscriptionParameters(
        RequestedPublishingInterval=publish / 1000,
        RequestedMaxKeepAliveCount=alive,
        RequestedLifetimeCount=max(3 * alive, PATIENCE // publish),
        MaxNotificationsPerPublish=0,
        PublishingEnabled=True,
        Priority=0,
    )


def _items(subscription: int, nodes: Mapping[int, Node], publish: int) -> ua.CreateMonitoredItemsParameters:
    """What is asked for: the value of every node, looked at as often as it is reported."""
    from asyncua import ua

    return ua.CreateMonitoredItemsParameters(
        SubscriptionId=subscription,
        TimestampsToReturn=ua.TimestampsToReturn.Both,
        ItemsToCreate=[
            ua.MonitoredItemCreateRequest(
                ItemToMonitor=ua.ReadValueId(NodeId=node.id, AttributeId=ua.AttributeIds.Value),
                MonitoringMode=ua.MonitoringMode.Reporting,
                RequestedParameters=ua.MonitoringParameters(
                    ClientHandle=handle, SamplingInterval=publish / 1000, QueueSize=QUEUE, DiscardOldest=True
                ),
            )
            for handle, node in nodes.items()
        ],
    )
