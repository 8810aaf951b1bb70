"""What did a server's nodes say while nobody heard it (R3)? The history of a span, page by page.

A server answers with pages and a continuation point as long as there is more. Some end a page at the asked number of values without one;
asking again from the last stamp finds what is left, and costs one question where nothing is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shiftledger.core.issue import Issue
from shiftledger.core.period import EPOCH, HOUR, Span, instant
from shiftledger.readings.opcua_codes import R105
from shiftledger.readings.sources.opcua_listening import Listening, now
from shiftledger.readings.sources.opcua_nodes import Node
from shiftledger.readings.sources.opcua_values import heard

if TYPE_CHECKING:
    from asyncua import Client, ua

AHEAD = HOUR  # the clock of a server's source may be ahead of the one that the server tells, which is often a second late
PAGE = 5_000  # values of a node in one answer
CLOCK = "i=2258"  # the node that tells the server's time


class NoHistory(Exception):
    """The server does not tell the history of a node; its word for it."""


async def catch_up(listening: Listening, client: Client, nodes: Sequence[Node]) -> list[Issue]:
    """Delivers what nodes said since they were last heard, as far back as `backfill`; the issues say what stays unknown. # R3"""
    if not listening.declared.backfill:
        return _gap(listening, [node for node in nodes if node.watched.address in listening.last], "no backfill is declared")
    reach = await _time_of(client) - listening.declared.backfill
    short = [node for node in nodes if listening.last.get(node.watched.address, reach) < reach]
    issues = _gap(listening, short, "it is longer ago than backfill")
    return issues + _gap(listening, await fill(listening, client, nodes), "the server offers no history of it")


async def fill(listening: Listening, client: Client, nodes: Sequence[Node]) -> list[Node]:
    """Delivers the history of nodes since they were last heard; returns the nodes of which the server tells none. # R3

    It is read in order of time, so that a reading that ends early goes on where it ended.
    """
    time = await _time_of(client)
    reach = time - listening.declared.backfill
    without = []
    for node in nodes if listening.declared.backfill else ():
        span = Span(max(reach, listening.last.get(node.watched.address, reach)), time + AHEAD)
        try:
            async for page in history(client, node, span):
                arrival = now()
                await listening.keep([heard(node.watched, sample, arrival) for sample in page])
        except NoHistory:
            without.append(node)
    return without if listening.declared.backfill else list(nodes)


async def history(client: Client, node: Node, span: Span, page: int = PAGE) -> AsyncIterator[list[ua.DataValue]]:
    """The values of a node with start <= stamp <= end, oldest first; raises NoHistory where the server has none to tell. # R3"""
    from asyncua import ua

    if not node.history:
        raise NoHistory("no access")
    details = ua.ReadRawModifiedDetails(IsReadModified=False, NumValuesPerNode=page, ReturnBounds=False)
    details.StartTime, details.EndTime = _moment(span.start), _moment(span.end)
    point: bytes | None = None
    while True:
        answer = await _asked(client, details, ua.HistoryReadValueId(NodeId=node.id, ContinuationPoint=point))
        values = list(getattr(answer.HistoryData, "DataValues", None) or ())
        if values:
            yield values
        before, point = point, answer.ContinuationPoint or None
        if point is not None and point == before:
            raise NoHistory("the server does not move on")
        if point is None:
            last = values[-1].SourceTimestamp if len(values) >= page else None
            if last is None or last <= details.StartTime:
                return
            details.StartTime = last


async def _asked(client: Client, details: Any, asked: Any) -> Any:
    from asyncua import ua

    both = ua.TimestampsToReturn.Both
    params = ua.HistoryReadParameters(HistoryReadDetails=details, TimestampsToReturn=both, ReleaseContinuationPoints=False)
    params.NodesToRead = [asked]
    try:
        (answer,) = await client.uaclient.history_read(params)
        answer.StatusCode.check()
    except ua.UaStatusCodeError as error:
        raise NoHistory(type(error).__name__) from None
    return answer


async def _time_of(client: Client) -> int:
    """What the server's clock says, UTC microseconds."""
    at = await client.get_node(CLOCK).read_value()
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC)) if isinstance(at, datetime) else now()


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def _gap(listening: Listening, nodes: Sequence[Node], why: str) -> list[Issue]:
    """One note for the nodes of which something stays unknown."""
    if not nodes:
        return []
    first = nodes[0].watched
    last = listening.last.get(first.address)
    since = "" if last is None else f" since {_moment(last):%Y-%m-%d %H:%M:%S} UTC"
    many = f" and {len(nodes) - 1} more" if len(nodes) > 1 else ""
    return listening.once([listening.issue(R105, f"{first.tag}{many}: what was said{since} stays unknown: {why}")])
