"""What the renderings read: the shape of each result, whoever wraps it.

`render` stands before the public face and never imports it; a view of the face, or any value with these attributes, can be shown.
Money is whole cents of `currency` with `money_decimals`, instants are UTC microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shiftledger.acts.acts import Act
    from shiftledger.acts.exclusions import Exclusion
    from shiftledger.core.issue import Issue
    from shiftledger.core.trace import Node
    from shiftledger.engine.decided import Told
    from shiftledger.engine.services import ServiceStatement
    from shiftledger.ledger.approvals import Approved
    from shiftledger.ledger.assumed import Assumption
    from shiftledger.ledger.book import Seal
    from shiftledger.ledger.formulas import Formula
    from shiftledger.ledger.statement import Statement
    from shiftledger.plant.terms import Potential
    from shiftledger.readings.batch import LoadReport
    from shiftledger.render.messages import Names


class Judged(Protocol):
    """Anything with issues; `ok` is False if one of them is an error."""

    @property
    def issues(self) -> Sequence[Issue]: ...
    @property
    def ok(self) -> bool: ...


class StatementShown(Judged, Protocol):
    """The statements of one shift; `site` is cents by site account, `seal` None where nothing is sealed."""

    @property
    def statements(self) -> Sequence[Statement]: ...
    @property
    def site(self) -> Mapping[str, int]: ...
    @property
    def late(self) -> Mapping[str, int]: ...
    @property
    def seal(self) -> Seal | None: ...
    @property
    def settled(self) -> bool: ...
    @property
    def decisions(self) -> Mapping[str, int]: ...
    @property
    def services(self) -> Sequence[ServiceStatement]: ...
    @property
    def assumptions(self) -> Mapping[str, Sequence[Assumption]]: ...
    @property
    def potentials(self) -> Mapping[str, Sequence[Potential]]: ...
    @property
    def left_out(self) -> Sequence[Exclusion]: ...
    @property
    def money_decimals(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def names(self) -> Names: ...


class LoadShown(Judged, Protocol):
    @property
    def reports(self) -> Sequence[LoadReport]: ...


class ReportShown(Judged, Protocol):
    """A close (`engine.local.CloseReport`) or a verification (`engine.verify.VerifyReport`)."""

    @property
    def report(self) -> Any: ...


class ActShown(Judged, Protocol):
    @property
    def act(self) -> Act | None: ...


class ExplainShown(Judged, Protocol):
    """A figure's tree; `sources` names the file of each batch of readings."""

    @property
    def node(self) -> Node | None: ...
    @property
    def sources(self) -> Mapping[int, str]: ...
    @property
    def decisions(self) -> Sequence[Told]: ...
    @property
    def formula(self) -> Formula | None: ...
    @property
    def assumptions(self) -> Mapping[str, str]: ...
    @property
    def approvals(self) -> Sequence[Approved]: ...
