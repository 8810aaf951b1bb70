"""Does a value still hold of which a server says nothing, because it does not change (R3, Q1)?

A server reports changes. Between two of them the last value holds, but without a further word it would count as a gap after `max_gap` of
its meter. So nodes that were silent for half of that are asked again; where the answer is the same, it is told again with the stamp that
the source gives it now, else with the time of the server's clock. An answer that differs is left to the report that is on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shiftledger.core.period import SECOND, instant
from shiftledger.readings.batch import BAD
from shiftledger.readings.sources.live import Told
from shiftledger.readings.sources.opcua_listening import Listening, now
from shiftledger.readings.sources.opcua_nodes import CLOCK, Node, parts
from shiftledger.readings.sources.opcua_values import AGAIN, Heard, content, heard

if TYPE_CHECKING:
    from asyncua import Client, ua

    from shiftledger.readings.sources.opcua_reports import Reports

OFTEN, SELDOM = 1 * SECOND, 60 * SECOND  # bounds of the time between two looks for silent nodes


async def ask_again(listening: Listening, client: Client, reports: Reports) -> None:
    """Tells again what stands unchanged; goes on until it is cancelled. # R3, Q1"""
    while True:
        standing = [node for node in reports.nodes if node.again]
        pause = min(max(min((node.again for node in standing), default=SELDOM) // 2, OFTEN), SELDOM)
        await asyncio.sleep(pause / SECOND)
        await tell_again(listening, client, standing)


async def tell_again(listening: Listening, client: Client, nodes: Sequence[Node]) -> None:
    """One look at all nodes that were silent for too long. # R3, Q1"""
    from asyncua import ua

    if not nodes:
        return
    clock, value = ua.NodeId.from_string(CLOCK), ua.AttributeIds.Value
    (answer,) = await client.uaclient.read_attributes([clock], value)
    time = _time(answer)
    silent = [node for node in nodes if _is_silent(listening, node, time)]
    for some in parts(silent):
        answers = await client.uaclient.read_attributes([clock, *(node.id for node in some)], value)
        time = _time(answers[0])
        same = (_same(listening, node, sample, time) for node, sample in zip(some, answers[1:], strict=True))
        await listening.keep([one for one in same if one is not None])


def _is_silent(listening: Listening, node: Node, time: int) -> bool:
    last = listening.last.get(node.watched.address)
    return last is not None and isinstance(last.said, Told) and last.said.quality != BAD and time - last.said.ts >= node.again


def _same(listening: Listening, node: Node, sample: ua.DataValue, time: int) -> Heard | None:
    """What is told again of a node; None if its value is another one, or no clock is later than what is known."""
    last, fresh = listening.last[node.watched.address], heard(node.watched, sample, now())
    if not isinstance(fresh.said, Told) or not isinstance(last.said, Told):
        return None
    if content(fresh.said) != content(last.said):
        return None
    if fresh.source > last.said.ts:
        return fresh
    return Heard(replace(last.said, ts=time), AGAIN, last.source) if time > last.said.ts and fresh.source == last.source else None


def _time(answer: ua.DataValue) -> int:
    """UTC microseconds of the server's clock; 0 if it tells no time."""
    at = answer.Value.Value if answer.Value is not None else None
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC)) if isinstance(at, datetime) else 0
