"""What the public verbs return: a result, its issues, and how both show themselves. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftledger.core.issue import Issue, failing

if TYPE_CHECKING:
    from shiftledger.acts.acts import Act
    from shiftledger.acts.exclusions import Exclusion
    from shiftledger.core.trace import Node
    from shiftledger.engine.against import AgainstClose
    from shiftledger.engine.decided import Told
    from shiftledger.engine.difference import DifferenceSheet
    from shiftledger.engine.intentions import Settable
    from shiftledger.engine.labour import Labour
    from shiftledger.engine.listed import ActList
    from shiftledger.engine.local import CloseReport
    from shiftledger.engine.preview import Preview
    from shiftledger.engine.rollup import Rollup
    from shiftledger.engine.running import Running
    from shiftledger.engine.services import ServiceStatement
    from shiftledger.engine.trial import Trial
    from shiftledger.engine.verify import VerifyReport
    from shiftledger.engine.whatif import WhatIf
    from shiftledger.ledger.approvals import Approved
    from shiftledger.ledger.assumed import Assumption
    from shiftledger.ledger.book import Seal
    from shiftledger.ledger.formulas import Formula
    from shiftledger.ledger.statement import Statement
    from shiftledger.plant.model import Plant
    from shiftledger.plant.terms import Potential
    from shiftledger.readings.batch import LoadReport
    from shiftledger.readings.desk import Kept
    from shiftledger.readings.entry import Asked
    from shiftledger.readings.listening import Heard
    from shiftledger.readings.sources.guess import Guess
    from shiftledger.readings.sources.plant_changes import FileChange
    from shiftledger.render.messages import Names


@dataclass(frozen=True, slots=True)
class View:
    """What every verb returns: issues, whether none of them is an error, and its forms for a notebook and for programs."""

    issues: tuple[Issue, ...]

    @property
    def ok(self) -> bool:
        return not failing(self.issues)

    def to_json(self) -> dict[str, Any]:
        """The result as JSON types; versioned, later versions only add."""
        from shiftledger.render.json_form import json_of

        return json_of(self)

    def _repr_html_(self) -> str:
        from shiftledger.render.html import html_of

        return html_of(self)


@dataclass(frozen=True, slots=True)
class CheckView(View):
    """Issues of a plant folder."""


@dataclass(frozen=True, slots=True)
class NewView(View):
    """The folder of a new plant, its files, and the commands that take it to its first statement; nothing written with an error."""

    folder: str = ""
    files: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportView(View):
    """A plant's text as a workbook: its name, the folder, the files that have a sheet, and how many rows they hold; nothing with an error."""

    book: str = ""
    folder: str = ""
    files: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True, slots=True)
class ImportView(View):
    """What a workbook changes in a plant's folder, file by file; `finished`: files of an earlier import that was cut off. Nothing with an error."""

    folder: str = ""
    dry_run: bool = False
    changes: tuple[FileChange, ...] = ()
    finished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadView(View):
    """What was loaded, one report a file; after a dry run what would be, one preview a file, and guesses of unknown files."""

    reports: tuple[LoadReport, ...] = ()
    previews: tuple[Preview, ...] = ()
    guesses: tuple[Guess, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ListenView(View):
    """How the live sources stood when the listening ended, and what came into the lake, one report a batch."""

    heard: tuple[Heard, ...] = ()
    reports: tuple[LoadReport, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class EntryView(View):
    """What a person entered for a shift: tag, instant (UTC microseconds) and text each; and the report of its batch."""

    shift: str = ""
    entered: tuple[tuple[str, int, str], ...] = ()
    reports: tuple[LoadReport, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingView(View):
    """What a person can still enter for a shift."""

    shift: str = ""
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class QuarantineView(View):
    """Refused rows with their standing; how many of those asked for are open, and how many there are."""

    rows: tuple[Kept, ...] = ()
    open: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class DecidedView(View):
    """The act by which refused rows were readmitted or dropped (None: there was nothing to decide), and what was loaded by it."""

    act: Act | None = None
    reports: tuple[LoadReport, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseView(View):
    """What a close did, day by day."""

    report: CloseReport | None = None


@dataclass(frozen=True, slots=True)
class TrialView(View):
    """What a close would do, or V at the prices that govern and at those of another set."""

    trial: Trial | None = None
    currency: str = ""
    money_decimals: int = 2
    names: Names | None = None


@dataclass(frozen=True, slots=True)
class StatementView(View):
    """Statements of one shift, the site's accounts of that shift (cents), what came too late for it (cents by month), the seal,
    and how many decisions about readings lie behind each area's figures."""

    statements: tuple[Statement, ...] = ()
    site: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    seal: Seal | None = None
    settled: bool = False
    currency: str = ""
    money_decimals: int = 2
    zone: str = "UTC"
    names: Names | None = None
    lang: str = "zh"
    decisions: Mapping[str, int] = field(default_factory=dict)
    services: tuple[ServiceStatement, ...] = ()
    assumptions: Mapping[str, tuple[Assumption, ...]] = field(default_factory=dict)  # by area
    potentials: Mapping[str, tuple[Potential, ...]] = field(
        default_factory=dict
    )  # by state, as today's text has them for the day
    left_out: tuple[Exclusion, ...] = ()

    def to_excel(self, path: str | Path, *, lang: str | None = None, overview: bool | None = None) -> None:
        """Write a workbook that recalculates by its own formulas to the same cents. OSError if it cannot be written.

        `overview`: begin with all areas and the site's accounts (by default when there are several statements).
        """
        from shiftledger.render.excel import write_statement

        write_statement(self, Path(path), "en" if (lang or self.lang) == "en" else "zh", overview=overview)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ActView(View):
    """The recorded act, with its place in the chain; `acts`: where one call recorded several, all of them, `act` the last."""

    act: Act | None = None
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class ActsView(View):
    """Every act with its standing, and what of the plant's text is approved."""

    acts: ActList | None = None
    zone: str = "UTC"
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class ExplainView(View):
    """A figure's tree, what was decided about the readings behind it, and an amount's formula; `sources` names the file of each batch."""

    address: str = ""
    node: Node | None = None
    sources: Mapping[int, str] = field(default_factory=dict)
    zone: str = "UTC"
    currency: str = ""
    money_decimals: int = 2
    decisions: tuple[Told, ...] = ()
    formula: Formula | None = None
    assumptions: Mapping[str, str] = field(default_factory=dict)  # what rows in the tree say of themselves, by file and line
    names: Names | None = None
    approvals: tuple[Approved, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyView(View):
    """Whether all sealed days hold."""

    report: VerifyReport | None = None


@dataclass(frozen=True, slots=True)
class PlantView:
    """An opened plant: its definitions, and where its state lives."""

    plant: Plant
    folder: Path
    state_folder: Path
    issues: tuple[Issue, ...] = ()

    def _repr_html_(self) -> str:
        from shiftledger.render.html import html_of

        return html_of(self)


@dataclass(frozen=True, slots=True)
class DiffView(View):
    """The difference sheet of a month or a day."""

    sheet: DifferenceSheet | None = None
    currency: str = ""
    money_decimals: int = 2
    names: Names | None = None
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class RollupView(View):
    """Sums of sealed statements."""

    rollup: Rollup | None = None
    currency: str = ""
    money_decimals: int = 2
    names: Names | None = None
    lang: str = "zh"

    def to_excel(self, path: str | Path, *, lang: str | None = None) -> None:
        """Write a workbook that recalculates by its own formulas. OSError if it cannot be written, ValueError if there is nothing."""
        from shiftledger.render.excel_rollup import write_rollup

        write_rollup(self, Path(path), "en" if (lang or self.lang) == "en" else "zh")


@dataclass(frozen=True, slots=True)
class LabourView(View):
    """Persons and hours on duty, and physical productivity. Never ranked by person."""

    labour: Labour | None = None
    names: Names | None = None
    lang: str = "zh"

    def to_excel(self, path: str | Path, *, lang: str | None = None) -> None:
        """Write a workbook that recalculates by its own formulas. OSError if it cannot be written, ValueError if there is nothing."""
        from shiftledger.render.excel_labour import write_labour

        write_labour(self, Path(path), "en" if (lang or self.lang) == "en" else "zh")


@dataclass(frozen=True, slots=True)
class NowView(View):
    """The running shifts, or a sealed shift against what it showed at its end. Always provisional, never stored."""

    running: Running | None = None
    against: tuple[AgainstClose, ...] = ()
    currency: str = ""
    money_decimals: int = 2
    names: Names | None = None
    lang: str = "zh"
    assumptions: Mapping[str, tuple[Assumption, ...]] = field(default_factory=dict)  # by area


@dataclass(frozen=True, slots=True)
class WhatIfView(View):
    """What a shift would come to on entered intentions, beside its base; `names`: how things are called, `settable`: what may be set."""

    whatif: WhatIf | None = None
    settable: tuple[Settable, ...] = ()
    shift: str = ""
    currency: str = ""
    money_decimals: int = 2
    names: Names | None = None
    lang: str = "zh"
    assumptions: Mapping[str, tuple[Assumption, ...]] = field(default_factory=dict)  # by area
