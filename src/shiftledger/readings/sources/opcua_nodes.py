"""Which nodes does a plant listen to, and what does the server say about them before they are heard (R3)?

A node of `columns` is a node id (`ns=2;s=Line2.T1`), a node id with the namespace's name (`nsu=urn:line2;s=T1`), or a path of browse
names from the root (`/Objects/2:Line2/2:T1`). What the server does not know is one issue each; the others are listened to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from shiftledger.core.issue import Issue, Outcome, ordered
from shiftledger.plant.model import Plant, SourceFile
from shiftledger.readings.codes import clip, closest
from shiftledger.readings.live_codes import live_issue
from shiftledger.readings.opcua_codes import R101
from shiftledger.readings.sources.opcua_values import ADDRESS, Watched

if TYPE_CHECKING:
    from asyncua import Client, ua

CLOCK = "i=2258"  # the node that tells the server's time
TOGETHER = 200  # nodes that one request names
NAMED = ("EnumStrings", "EnumValues")  # properties of a type (or of a node of many states) that name its numbers
TWO_STATES = ("FalseState", "TrueState")  # and of a node of two states
MAY_READ_HISTORY = 0x04  # bit of an access level
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the server and what it is listened to for.

    `history`: whether the server offers what it was before. `again`: after which silence it is asked whether its value still holds
    (microseconds; 0: never, as of a tag that nobody declared).
    """

    id: ua.NodeId
    watched: Watched
    history: bool
    again: int


def parts(items: Sequence[T], size: int = TOGETHER) -> Iterator[Sequence[T]]:
    """The items in groups that one request can name."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


async def nodes_of(client: Client, plant: Plant, declared: SourceFile) -> Outcome[tuple[Node, ...]]:
    """The nodes of `columns` that the server knows, in their order. # R3"""
    found, issues = await _found(client, declared)
    codes: dict[str, frozenset[str]] = {}
    holds: dict[str, int] = {}
    for meter in plant.meters:
        codes[meter.tag] = codes.get(meter.tag, frozenset()) | {name for name, _ in meter.codes}
        holds[meter.tag] = min(holds.get(meter.tag, meter.max_gap), meter.max_gap, meter.max_hold)
    nodes = []
    for some in parts(found):
        levels = await client.uaclient.read_attributes([one for one, _, _ in some], _attribute("UserAccessLevel"))
        for (one, address, tag), level in zip(some, levels, strict=True):
            mine = codes.get(tag, frozenset())
            names = await _names(client, one) if mine else {}
            offered = level.Value.Value if level.Value is not None else None
            history = not isinstance(offered, int) or bool(offered & MAY_READ_HISTORY)  # what says nothing is asked
            nodes.append(Node(one, Watched(tag, ADDRESS + address, names, mine), history, holds.get(tag, 0) // 2))
    return Outcome(tuple(nodes), ordered(issues))


def unknown(declared: SourceFile, address: str, why: str, remedy: str = "") -> Issue:
    """A node of `columns` that cannot be listened to."""
    return live_issue(R101, f'source "{declared.id}": node "{clip(address)}": {why}', declared.at, remedy)


# --- which


async def _found(client: Client, declared: SourceFile) -> tuple[list[tuple[ua.NodeId, str, str]], list[Issue]]:
    """Node id, address and tag of every entry of `columns` that names a node."""
    from asyncua import ua

    spaces = [str(space) for space in await client.get_namespace_array()]
    found, issues = [], []
    for address, tag in declared.columns:
        try:
            if address.startswith("/"):
                one = await _by_path(client, address)
            else:
                one = _by_id(address, spaces)
            found.append((one, address, tag))
        except _NoNode as error:
            issues.append(unknown(declared, address, str(error), error.remedy))
        except ua.UaStatusCodeError as error:
            issues.append(unknown(declared, address, type(error).__name__))
    return found, issues


class _NoNode(Exception):
    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


def _by_id(address: str, spaces: Sequence[str]) -> ua.NodeId:
    from asyncua import ua

    try:
        one = ua.NodeId.from_string(address)
    except (ua.UaError, ValueError, TypeError):
        form = "Write it as ns=2;s=Name, nsu=urn:line2;s=Name, ns=2;i=1001, or as a path such as /Objects/2:Line2/2:T1."
        raise _NoNode("this is no node id", form) from None
    space = getattr(one, "NamespaceUri", None)
    if space is None:
        if one.NamespaceIndex >= len(spaces):
            raise _NoNode(f"the server has no namespace {one.NamespaceIndex}; it has 0 to {len(spaces) - 1}")
        return one
    if space not in spaces:
        raise _NoNode(
            f'the server has no namespace "{clip(space)}"', f"{closest(space, spaces)}It has: {', '.join(map(clip, spaces))}."
        )
    return ua.NodeId(one.Identifier, ua.Int16(spaces.index(space)), one.NodeIdType)


async def _by_path(client: Client, path: str) -> ua.NodeId:
    from asyncua import ua

    try:
        (answer,) = await client.translate_browsepaths(client.nodes.root.nodeid, [path])
    except (ua.UaStringParsingError, ValueError, KeyError):
        raise _NoNode("this is no path of browse names", "Write it as /Objects/2:Line2/2:T1.") from None
    if not answer.StatusCode.is_good() or not answer.Targets:
        raise _NoNode("no node lies at the end of this path")
    target = answer.Targets[0].TargetId
    return ua.NodeId(target.Identifier, target.NamespaceIndex, target.NodeIdType)


# --- what its numbers are called


async def _names(client: Client, one: ua.NodeId) -> Mapping[int, str]:
    """The names of the numbers of an enumeration, of a node of many states, or of two; {} where the server tells none."""
    from asyncua import ua

    try:
        node = client.get_node(one)
        of_node = await _properties(node)
        if all(name in of_node for name in TWO_STATES):
            return {number: str(of_node[name].Text) for number, name in enumerate(TWO_STATES)}
        named = (
            of_node if any(name in of_node for name in NAMED) else await _properties(client.get_node(await node.read_data_type()))
        )
    except (ua.UaError, AttributeError):
        return {}
    if "EnumValues" in named:
        return {int(each.Value): str(each.DisplayName.Text) for each in named["EnumValues"] or ()}
    return {number: str(text.Text) for number, text in enumerate(named.get("EnumStrings") or ())}


async def _properties(node: Any) -> dict[str, Any]:
    """The values of a node's properties that name states."""
    named = {}
    for one in await node.get_properties():
        name = (await one.read_browse_name()).Name
        if name in (*NAMED, *TWO_STATES):
            named[name] = await one.read_value()
    return named


def _attribute(name: str) -> Any:
    from asyncua import ua

    return getattr(ua.AttributeIds, name)
