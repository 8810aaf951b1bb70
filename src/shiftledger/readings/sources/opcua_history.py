"""What did a server's nodes say while nobody heard it (R3)? The history of a span, page by page.

A server answers with pages and a continuation point as long as there is more. Some end a page at the asked number of values without one;
asking again from the last stamp finds what is left, and costs one question where nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shiftledger.core.issue import Issue
from shiftledger.core.period import EPOCH, HOUR, instant
from shiftledger.readings.opcua_codes import R103
from shiftledger.readings.sources.opcua_listening import Listening, now
from shiftledger.readings.sources.opcua_nodes import CLOCK, Node, parts
from shiftledger.readings.sources.opcua_values import all_heard

if TYPE_CHECKING:
    from asyncua import Client, ua

AHEAD = HOUR  # the clock of a server's source may be ahead of the one that the server tells, which is often a second late
PAGE = 5_000  # values of a node in one answer
TOGETHER = 50  # nodes in one question


async def catch_up(listening: Listening, client: Client, nodes: Sequence[Node]) -> list[Issue]:
    """Delivers what nodes said since they were last heard, as far back as `backfill`; the issues say what stays unknown. # R3"""
    if not listening.declared.backfill:
        return _gap(listening, [node for node in nodes if node.watched.address in listening.last], "no backfill is declared")
    reach = await time_of(client) - listening.declared.backfill
    short = [node for node in nodes if listening.known(node.watched.address, reach) < reach]
    issues = _gap(listening, short, "it is longer ago than backfill")
    return issues + _gap(listening, await fill(listening, client, nodes), "the server offers no history of it")


async def fill(listening: Listening, client: Client, nodes: Sequence[Node]) -> list[Node]:
    """Delivers the history of nodes since they were last heard; returns the nodes of which the server tells none. # R3

    A node's history is read in order of time, so that a reading that ends early goes on where it ended. Nodes that were last heard at
    about the same time are asked for together.
    """
    if not listening.declared.backfill or not nodes:
        return list(nodes)
    time = await time_of(client)
    reach = time - listening.declared.backfill
    without = [node for node in nodes if not node.history]
    begin = {node.watched.address: max(reach, listening.known(node.watched.address, reach)) for node in nodes if node.history}
    ranked = sorted(
        (node for node in nodes if node.history), key=lambda node: (begin[node.watched.address], node.watched.address)
    )
    for some in parts(ranked, TOGETHER):
        asked = [_Asked(node, _moment(begin[some[0].watched.address])) for node in some]
        while asked:
            asked = await _page(listening, client, asked, _moment(time + AHEAD), without)
    return without


@dataclass(frozen=True, slots=True)
class _Asked:
    """A node, from when on its history is asked for, and where the server said to go on."""

    node: Node
    start: datetime
    point: bytes | None = None


async def _page(
    listening: Listening, client: Client, asked: Sequence[_Asked], end: datetime, without: list[Node]
) -> list[_Asked]:
    """Delivers the next page of the nodes that have the start of the first; returns those that have more, or were not asked yet.

    Those of which the server tells no history join `without`.
    """
    now_asked = [one for one in asked if one.start == asked[0].start]
    samples, more = [], [one for one in asked if one.start != asked[0].start]
    for one, answer in zip(now_asked, await _answers(client, now_asked, end), strict=True):
        if answer is None or (answer.ContinuationPoint and answer.ContinuationPoint == one.point):  # or it does not move on
            without.append(one.node)
            continue
        values = list(getattr(answer.HistoryData, "DataValues", None) or ())
        arrival = now()
        samples += [*all_heard(one.node.watched, values, arrival)]
        last = values[-1].SourceTimestamp if len(values) >= PAGE else None
        if answer.ContinuationPoint:
            more.append(replace(one, point=answer.ContinuationPoint))
        elif last is not None and last > one.start:
            more.append(_Asked(one.node, last))
    await listening.keep(samples)
    return more


async def _answers(client: Client, asked: Sequence[_Asked], end: datetime) -> list[ua.HistoryReadResult | None]:
    """What the server tells of each node; None where it tells nothing. One that refuses many nodes at once is asked for one by one."""
    from asyncua import ua

    params = ua.HistoryReadParameters(TimestampsToReturn=ua.TimestampsToReturn.Both, ReleaseContinuationPoints=False)
    params.HistoryReadDetails = ua.ReadRawModifiedDetails(
        IsReadModified=False, StartTime=asked[0].start, EndTime=end, NumValuesPerNode=PAGE, ReturnBounds=False
    )
    params.NodesToRead = [ua.HistoryReadValueId(NodeId=one.node.id, ContinuationPoint=one.point) for one in asked]
    try:
        answers = await client.uaclient.history_read(params)
    except ua.UaStatusCodeError:
        return [None] if len(asked) == 1 else [(await _answers(client, [one], end))[0] for one in asked]
    told: list[ua.HistoryReadResult | None] = []
    for one, answer in zip(asked, answers, strict=True):
        if answer.StatusCode.value == ua.StatusCodes.BadNoContinuationPoints and len(asked) > 1:  # too many at once
            told += await _answers(client, [one], end)
        else:
            told.append(answer if answer.StatusCode.is_good() else None)
    return told


async def time_of(client: Client) -> int:
    """What the server's clock says, UTC microseconds; this machine's where it tells no time."""
    from asyncua import ua

    (answer,) = await client.uaclient.read_attributes([ua.NodeId.from_string(CLOCK)], ua.AttributeIds.Value)
    at = answer.Value.Value if answer.Value is not None else None
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC)) if isinstance(at, datetime) else now()


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def _gap(listening: Listening, nodes: Sequence[Node], why: str) -> list[Issue]:
    """One note for the nodes of which something stays unknown."""
    if not nodes:
        return []
    first = nodes[0].watched
    known = listening.known(first.address, 0)
    since = "" if not known else f" since {_moment(known):%Y-%m-%d %H:%M:%S} UTC"
    many = f" and {len(nodes) - 1} more" if len(nodes) > 1 else ""
    return listening.once([listening.issue(R103, f"{first.tag}{many}: what was said{since} stays unknown: {why}")])
