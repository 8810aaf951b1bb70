"""Shiftledger's public verbs: the same in Python, in a notebook and on the command line.

    import shiftledger as sl
    plant = sl.open("plants/two-tanks")
    sl.load(plant, ["plants/two-tanks/readings/rates.csv"])
    sl.close(plant)
    sl.statement(plant, "2026-03-31.E", "filter")

Each verb returns a view: the result, its issues, and how it shows itself. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from shiftledger.api.ahead import now, whatif
from shiftledger.api.book import export_plant, import_plant
from shiftledger.api.closing import close
from shiftledger.api.decided import decided, lapses
from shiftledger.api.desk import drop, enter, load, missing, quarantine, readmit
from shiftledger.api.labour import labour
from shiftledger.api.live import listen, waits
from shiftledger.api.new import new
from shiftledger.api.stores import PlantError, instant_of, label_of, stored_state
from shiftledger.api.stores import now as clock
from shiftledger.core.issue import Issue, Kind, failing, ordered
from shiftledger.render.views import (
    ActsView,
    ActView,
    CheckView,
    CloseView,
    DecidedView,
    DiffView,
    EntryView,
    ExplainView,
    ExportView,
    ImportView,
    LabourView,
    ListenView,
    LoadView,
    MissingView,
    NewView,
    NowView,
    PlantView,
    QuarantineView,
    RollupView,
    StatementView,
    TrialView,
    VerifyView,
    WhatIfView,
)

if TYPE_CHECKING:
    from shiftledger.plant.model import Plant

__all__ = [
    "ActView",
    "ActsView",
    "CheckView",
    "CloseView",
    "DecidedView",
    "DiffView",
    "EntryView",
    "ExplainView",
    "ExportView",
    "ImportView",
    "LabourView",
    "ListenView",
    "LoadView",
    "MissingView",
    "NewView",
    "NowView",
    "PlantError",
    "PlantView",
    "QuarantineView",
    "RollupView",
    "StatementView",
    "TrialView",
    "VerifyView",
    "WhatIfView",
    "act",
    "check",
    "close",
    "decided",
    "diff",
    "drop",
    "enter",
    "explain",
    "export_plant",
    "import_plant",
    "kinds",
    "labour",
    "listen",
    "load",
    "missing",
    "new",
    "now",
    "open",
    "quarantine",
    "readmit",
    "rollup",
    "statement",
    "verify",
    "waits",
    "whatif",
]
Progress = Callable[[str, int, int], None]


def open(folder: str | Path, *, state: str | Path | None = None, strict: bool = True) -> PlantView:
    """Read a plant folder. PlantError if its text has errors (with `strict` also those that the checks find)."""
    from shiftledger.plant.load import open_folder

    loaded = open_folder(Path(folder))
    issues = loaded.issues
    if strict and not failing(issues):
        issues = ordered([*issues, *_checked(loaded.result)])
    if failing(issues):
        raise PlantError(issues)
    base = Path(folder)
    where = Path(state) if state else base / loaded.result.settings.state
    return PlantView(loaded.result, base, where, issues)


def check(folder: str | Path | PlantView, *, state: str | Path | None = None) -> CheckView:
    """Everything that is wrong with a plant's text, at once; where it asks for approvals, also what of it is not approved."""
    from shiftledger.plant.load import open_folder

    base = folder.folder if isinstance(folder, PlantView) else Path(folder)
    loaded = open_folder(base)
    issues = [*loaded.issues, *_checked(loaded.result), *_calendar(loaded.result)]
    if not failing(issues):
        own = folder.state_folder if isinstance(folder, PlantView) else base / loaded.result.settings.state
        issues += lapses(PlantView(loaded.result, base, Path(state) if state else own))
    return CheckView(ordered(issues))


def text_issues(files: Mapping[str, str], root: str = "") -> tuple[Issue, ...]:
    """Everything that is wrong with the texts of a plant (posix file name -> content) that need not stand in a folder yet."""
    from shiftledger.plant.load import load_text

    loaded = load_text(files, root)
    return ordered([*loaded.issues, *_checked(loaded.result), *_calendar(loaded.result)])


def _checked(plant: Plant) -> tuple[Issue, ...]:
    """What the stages find wrong with a plant's text before any reading."""
    from shiftledger.balance.nodes import stream_checks, unit_checks
    from shiftledger.indicators.figures import formula_checks
    from shiftledger.plant.checks import check as run_checks
    from shiftledger.plant.roster import roster_issues

    return (*run_checks(plant), *roster_issues(plant), *unit_checks(plant), *stream_checks(plant), *formula_checks(plant))


def _calendar(plant: Plant) -> tuple[Issue, ...]:
    """Slots that begin in a clock-change gap, in the three years from the first anchor of a rotation on. # T2"""
    from shiftledger.plant.checks_time import zones
    from shiftledger.plant.roster import calendar_issues

    if not plant.rotations or not plant.areas or any(zones(plant)):
        return ()
    first = min(rotation.anchor for rotation in plant.rotations.values())
    return calendar_issues(plant, first, first + timedelta(days=3 * 366))


def statement(plant: PlantView, shift: str, area: str | None = None, *, lang: str = "zh") -> StatementView:
    """The sealed statement of a shift, of one area or all. # L3"""
    from shiftledger.engine.published import published
    from shiftledger.ledger.potentials import potential_on

    with stored_state(plant, create=False) as stored:
        found = published(plant.plant, stored, shift, area)
    from shiftledger.render.messages import names_of

    settings = plant.plant.settings
    view = found.result
    stood = {(line.what, date.fromisoformat(s.day)) for s in view.statements for line in s.lines if line.kind == "state"}
    potentials = {state: potential_on(plant.plant, state, day) for state, day in sorted(stood)}
    return StatementView(
        found.issues, view.statements, view.site, view.late, view.seal, view.settled, settings.currency, settings.money_decimals, settings.zone,
        names_of(plant.plant), lang, view.decisions, view.services, view.assumptions, potentials, view.left_out,
    )  # fmt: skip


def act(
    plant: PlantView, kind: str, who: str, role: str, body: Mapping[str, str], evidence: str = "", *, made_at: int | None = None
) -> ActView:
    """Record what somebody decided or saw: settle a month, approve prices or a definition, confirm a suspect meter, an event, leave a
    shift out of the ranking, any other decision. # R5

    Instants (`start`, `end`, `recorded_at`) are ISO times with their offset.
    """
    from shiftledger.acts.acts import INSTANTS, Act, record
    from shiftledger.acts.events import verify_job, withdraw
    from shiftledger.engine.approve import approve
    from shiftledger.engine.exclude import exclude, lift
    from shiftledger.engine.reopen import reopen
    from shiftledger.engine.settle import fits, settle

    made = clock() if made_at is None else made_at
    fields = dict(body)
    issues: list[Issue] = []
    for name in INSTANTS.get(kind, ()):
        if fields.get(name):
            at, problems = instant_of(fields[name])
            issues += problems
            fields[name] = str(at) if at is not None else fields[name]
    if issues:
        return ActView(tuple(issues))
    draft = Act(kind, who, role, made, fields, "", evidence)
    issues += fits(plant.plant, draft)
    if issues:
        return ActView(tuple(issues))
    with stored_state(plant) as stored:
        if kind == "approve":
            approvals = approve(plant.plant, stored, draft)
            return ActView(approvals.issues, approvals.result[-1] if approvals.result else None, approvals.result)
        recorders = {
            "settle": lambda: settle(plant.plant, stored, draft),
            "exclude": lambda: exclude(plant.plant, stored, draft),
            "lift": lambda: lift(plant.plant, stored, draft),
            "reopen": lambda: reopen(stored, draft),
            "withdraw": lambda: withdraw(stored, draft),
            "verify": lambda: verify_job(stored, draft),
        }
        done = recorders.get(kind, lambda: record(stored, draft))()
    return ActView(done.issues, done.result, (done.result,) if done.result else ())


def explain(plant: PlantView, address: str) -> ExplainView:
    """A sealed figure's tree, down to raw readings and lines of the plant's text. # I7"""
    from shiftledger.engine.explain import explain as explain_figure
    from shiftledger.render.messages import names_of

    with stored_state(plant, create=False) as stored:
        found = explain_figure(plant.plant, stored, address)
    settings = plant.plant.settings
    figure = found.result
    return ExplainView(
        found.issues,
        address,
        figure.node,
        figure.sources,
        settings.zone,
        settings.currency,
        settings.money_decimals,
        figure.decisions,
        figure.formula,
        figure.assumptions,
        names_of(plant.plant),
        figure.approvals,
    )


def diff(plant: PlantView, about: str, *, lang: str = "zh") -> DiffView:
    """Who changes by how much and why: a month ("2026-03") against the settlement taken back, or a day against its first seal. # L7"""
    from shiftledger.engine.difference import difference_sheet
    from shiftledger.render.messages import names_of

    with stored_state(plant, create=False) as stored:
        found = difference_sheet(plant.plant, stored, about)
    settings = plant.plant.settings
    return DiffView(found.issues, found.result, settings.currency, settings.money_decimals, names_of(plant.plant), lang)


def rollup(
    plants: PlantView | Iterable[PlantView],
    start: str | date | None = None,
    end: str | date | None = None,
    *,
    month: str | None = None,
    by: Iterable[str] = ("area",),
    lang: str = "zh",
) -> RollupView:
    """Sealed shifts added up by plant, area, crew, group, shift, day or month, over days or one accounting month. # I1, L2"""
    from contextlib import ExitStack

    from shiftledger.engine.rollup import rollup as add_up
    from shiftledger.render.messages import Names, names_of

    several = [plants] if isinstance(plants, PlantView) else list(plants)
    first, problems = label_of(start)
    last, more = label_of(end)
    if problems or more:
        return RollupView((*problems, *more))
    with ExitStack() as stack:
        stored = [(one.plant, stack.enter_context(stored_state(one, create=False))) for one in several]
        found = add_up(stored, first, last, month, tuple(by))
    settings = several[0].plant.settings
    names = [names_of(one.plant) for one in several]
    together = Names(settings.zone, settings.id, {key: name for each in names for key, name in each.of.items()})
    return RollupView(found.issues, found.result, settings.currency, settings.money_decimals, together, lang)


def verify(plant: PlantView, *, progress: Progress | None = None) -> VerifyView:
    """Recompute every sealed day in a copy without derived files, and check every chain. # L7"""
    from shiftledger.engine.verify import verify as verify_books

    with stored_state(plant, create=False) as stored:
        found = verify_books(plant.plant, stored, progress=progress)
    return VerifyView(found.issues, found.result)


def kinds() -> tuple[Kind, ...]:
    """Every issue code of every stage."""
    from shiftledger.acts import codes as acts_codes
    from shiftledger.balance import codes as balance_codes
    from shiftledger.indicators import codes as indicator_codes
    from shiftledger.ledger import ahead_codes, labour_codes, term_codes
    from shiftledger.ledger import codes as ledger_codes
    from shiftledger.plant import book_codes, new_codes, roster_codes
    from shiftledger.plant import codes as plant_codes
    from shiftledger.quantities import codes as quantity_codes
    from shiftledger.readings import codes as reading_codes
    from shiftledger.readings import desk_codes, live_codes, mqtt_codes, opcua_codes

    ledger, plant = (ledger_codes, term_codes, ahead_codes, labour_codes), (plant_codes, roster_codes, new_codes, book_codes)
    readings = (reading_codes, live_codes, opcua_codes, mqtt_codes, desk_codes)
    stages = (*plant, acts_codes, *readings, quantity_codes, balance_codes, indicator_codes, *ledger)
    return tuple(sorted((kind for stage in stages for kind in stage.CODES), key=lambda kind: kind.code))
