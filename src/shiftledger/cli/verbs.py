"""The verbs of the command line: each opens the plant, calls the public verb of the same name and prints its view."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from shiftledger.cli.ahead import now, whatif
from shiftledger.cli.decided import decided
from shiftledger.cli.demo import demo
from shiftledger.cli.desk import enter, load, quarantine
from shiftledger.cli.face import AsJson, LangOption, PlantFolder, State, Xlsx, open_plant, show, write_xlsx
from shiftledger.cli.guard import guarded
from shiftledger.cli.labour import labour
from shiftledger.cli.live import listen
from shiftledger.cli.new import new
from shiftledger.cli.output import ERRORS, FINE, LANG_VARIABLE, Usage, chosen_lang, emit, report_lang, watched
from shiftledger.cli.simulate import simulate


def check(context: typer.Context, plant: PlantFolder, state: State = None, json: AsJson = False) -> int:
    """Find everything that is wrong with a plant's text, at once."""
    from shiftledger import api
    from shiftledger.render.closing import check_text

    view = api.check(plant, state=state or context.obj)
    return show(view, json, lambda: check_text(view.issues, report_lang()))


def close(
    context: typer.Context,
    plant: PlantFolder,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First production day; by default the first that readings cover.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last production day; by default the last whole one.")
    ] = None,
    who: Annotated[
        str, typer.Option("--who", metavar="TEXT", help="Who closes: a role, recorded in the seal.")
    ] = "shiftledger close",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Store nothing; say what would be sealed and what would change.")
    ] = False,
    prices: Annotated[
        str | None,
        typer.Option("--prices", metavar="SET", help="With --dry-run: V at this set beside V at the set of the books."),
    ] = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Close production days: compute, store, seal. Days whose inputs did not change stay as they are."""
    from shiftledger import api
    from shiftledger.render.closing import close_text
    from shiftledger.render.trial_text import trial_text

    if prices is not None and not dry_run:
        raise Usage("--prices tries a price set and goes with --dry-run: the books are closed at the set that plant.toml names")
    opened = open_plant(context, plant, state)
    if dry_run:
        with watched("close") as progress:
            tried = api.close(opened, start, end, dry_run=True, prices=prices, progress=progress)
        return show(tried, json, lambda: trial_text(tried, report_lang()))
    with watched("close") as progress:
        view = api.close(opened, start, end, who=who, progress=progress)
    return show(view, json, lambda: close_text(view.report, report_lang()) if view.report is not None else "")


def statement(
    context: typer.Context,
    plant: PlantFolder,
    shift: Annotated[str, typer.Argument(metavar="SHIFT", help="Such as 2026-03-31.E: day, dot, slot.")],
    area: Annotated[str | None, typer.Option("--area", metavar="A", help="One area; all by default.")] = None,
    xlsx: Xlsx = None,
    lang: LangOption = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Print the sealed statement of a shift."""
    from shiftledger import api
    from shiftledger.render.statement_text import statement_text

    chosen = chosen_lang(lang)
    view = api.statement(open_plant(context, plant, state, strict=False), shift, area, lang=chosen)
    if view.statements or view.services:
        write_xlsx(view, xlsx, overview=area is None)
    return show(view, json, lambda: statement_text(view, chosen, overview=area is None))  # type: ignore[arg-type]


def explain(
    context: typer.Context,
    plant: PlantFolder,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Such as ledger/2026-03-31.E/filter/steam.")],
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=0, help="How many levels to open.")] = 99,
    lang: LangOption = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Open a figure down to raw readings and lines of the plant's text, or list what was decided: decisions/2026-03-31.E/filter."""
    from shiftledger import api
    from shiftledger.render.decision_text import explained_text

    chosen = chosen_lang(lang)
    opened = open_plant(context, plant, state, strict=False)
    view = api.explain(opened, address)
    settings = opened.plant.settings
    how = {"currency": settings.currency, "decimals": settings.money_decimals, "zone": settings.zone}
    return show(view, json, lambda: explained_text(view, chosen, depth=depth, **how) if view.ok else "")


def diff(
    context: typer.Context,
    plant: PlantFolder,
    about: Annotated[str, typer.Argument(metavar="MONTH|DAY", help="Such as 2026-03, or one day such as 2026-03-31.")],
    lang: LangOption = None,
    state: State = None,
    json: AsJson = False,
) -> int:
    """Print who changes by how much and why: a reopened month against its settlement, else the first seals against now."""
    from shiftledger import api
    from shiftledger.render.difference_text import difference_text

    chosen = chosen_lang(lang)
    view = api.diff(open_plant(context, plant, state, strict=False), about, lang=chosen)
    return show(view, json, lambda: difference_text(view, chosen))  # type: ignore[arg-type]


def rollup(
    context: typer.Context,
    plants: Annotated[list[Path], typer.Argument(metavar="PLANT...", help="One plant's folder, or several of one currency.")],
    start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First production day.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last production day.")] = None,
    month: Annotated[str | None, typer.Option("--month", metavar="M", help="An accounting month, such as 2026-03.")] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="GRAINS", help="plant, area, crew, group, shift, day, month; several with commas.")
    ] = "area",
    xlsx: Xlsx = None,
    lang: LangOption = None,
    json: AsJson = False,
) -> int:
    """Add up sealed shifts: what areas, crews, groups, days, months or plants earned together."""
    from shiftledger import api
    from shiftledger.render.rollup_text import rollup_text

    chosen = chosen_lang(lang)
    opened = [open_plant(context, plant, None, strict=False) for plant in plants]
    grains = [grain.strip() for grain in by.split(",")]
    view = api.rollup(opened, start, end, month=month, by=grains, lang=chosen)
    write_xlsx(view, xlsx)
    return show(view, json, lambda: rollup_text(view, chosen))  # type: ignore[arg-type]


def verify(context: typer.Context, plant: PlantFolder, state: State = None, json: AsJson = False) -> int:
    """Recompute every sealed day in a copy and check every chain."""
    from shiftledger import api
    from shiftledger.render.closing import verify_text

    opened = open_plant(context, plant, state, strict=False)
    with watched("verify") as progress:
        view = api.verify(opened, progress=progress)
    return show(view, json, lambda: verify_text(view.report, report_lang()) if view.report is not None else "")


What = Annotated[
    list[str] | None,
    typer.Option(
        "--what",
        metavar="NAME",
        help="approve: prices/<set>, standards/<area>, indicator/<id> ...; again for each, or all that waits for an approval "
        "by the role: all. shiftledger decided lists them.",
    ),
]


def act(
    context: typer.Context,
    plant: PlantFolder,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="settle, reopen, approve, suspect, event, withdraw, verify, exclude, lift or decision."
        ),
    ],
    who: Annotated[str, typer.Option("--who", metavar="TEXT", help='Who decided, such as "cost controller, post 1".')],
    role: Annotated[str, typer.Option("--role", metavar="TEXT", help="In which role.")],
    month: Annotated[
        str | None, typer.Option("--month", metavar="M", help="settle, reopen: the accounting month, such as 2026-03.")
    ] = None,
    what: What = None,
    tag: Annotated[str | None, typer.Option("--tag", help="suspect: the meter that lied.")] = None,
    start: Annotated[str | None, typer.Option("--start", metavar="ISO", help="suspect, event: from when, with offset.")] = None,
    end: Annotated[
        str | None, typer.Option("--end", metavar="ISO", help="suspect, event: until when (not included), with offset.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="event: the unit that it happened to.")] = None,
    area: Annotated[
        str | None, typer.Option("--area", help="event: the area, if it happened to all of its units. exclude: whose shift.")
    ] = None,
    event_kind: Annotated[str | None, typer.Option("--kind", metavar="WORD", help="event: what happened, such as halt.")] = None,
    cause: Annotated[
        str | None, typer.Option("--cause", help="event: why; process, mechanical, electrical, external or planned.")
    ] = None,
    event_id: Annotated[str | None, typer.Option("--id", help="event: its number elsewhere; the same id supersedes it.")] = None,
    revision: Annotated[str | None, typer.Option("--revision", metavar="N", help="event: its version.")] = None,
    recorded_at: Annotated[
        str | None, typer.Option("--recorded-at", metavar="ISO", help="event: when it was written down; now by default.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="N", help="withdraw, verify, exclude: the number of the event's act.")
    ] = None,
    shift: Annotated[
        str | None, typer.Option("--shift", metavar="SHIFT", help="exclude: which shift is left out of the ranking.")
    ] = None,
    number: Annotated[
        str | None, typer.Option("--act", metavar="N", help="lift: the number of the suspect or exclusion.")
    ] = None,
    job: Annotated[
        str | None, typer.Option("--job", metavar="WORD", help="event of kind job: which one of services.csv.")
    ] = None,
    qty: Annotated[
        str | None, typer.Option("--qty", metavar="N", help="event of kind job: how much of it; 1 by default.")
    ] = None,
    served: Annotated[str | None, typer.Option("--served", help="event of kind job: the unit that it was done for.")] = None,
    about: Annotated[str | None, typer.Option("--about", metavar="ADDRESS", help="decision: what it is about.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, in words.")] = None,
    evidence: Annotated[str, typer.Option("--evidence", help="What it rests on, such as a document number.")] = "",
    state: State = None,
    json: AsJson = False,
) -> int:
    """Record what somebody decided or saw. Acts are never edited; a later act corrects an earlier one."""
    from shiftledger import api
    from shiftledger.render.closing import act_text

    given = {
        "month": month,
        "what": ";".join(what) if what else None,
        "tag": tag,
        "start": start,
        "end": end,
        "about": about,
        "reason": reason,
    }
    given |= {"unit": unit, "area": area, "kind": event_kind, "cause": cause, "id": event_id, "revision": revision}
    given |= {"recorded_at": recorded_at, "event": event, "job": job, "qty": qty, "served": served, "shift": shift, "act": number}
    body = {name: text for name, text in given.items() if text is not None}
    for name, text in (("--start", start), ("--end", end), ("--recorded-at", recorded_at)):
        if text is not None and text.lstrip("-").isdigit():  # a bare year would pass for an instant, and acts are for ever
            raise Usage(f"{name} {text}: give an ISO time with its offset, such as 2026-03-31T14:00:00+02:00")
    view = api.act(open_plant(context, plant, state, strict=False), kind, who, role, body, evidence)
    return show(view, json, lambda: act_text(view.acts, report_lang()))


def explain_code(
    code: Annotated[str, typer.Argument(metavar="CODE", help="An issue code, such as P012.")], lang: LangOption = None
) -> int:
    """Say what an issue code means and how to mend it."""
    from shiftledger import api
    from shiftledger.render.help_text import help_text

    kinds = {kind.code: kind for kind in api.kinds()}
    wanted = code.strip().upper()
    found = kinds.get(wanted)
    if found is None:
        from difflib import get_close_matches

        stage = [known for known in sorted(kinds) if known[:1] == wanted[:1]] or sorted(kinds)
        digits = wanted[:1] + wanted[1:].translate(str.maketrans("OIL", "011"))  # letters that look like digits
        near = [digits] if digits in kinds else get_close_matches(wanted, stage, 1, 0.0)
        emit(f"There is no issue code {code!r}." + (f" Closest: {near[0]} ({kinds[near[0]].title})." if near else ""), error=True)
        return ERRORS
    asked = lang or os.environ.get(LANG_VARIABLE)
    emit(help_text(found, chosen_lang(lang) if asked else ""))
    return FINE


# The command line at a glance: verb and function, in the order of the help.
VERBS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("new", guarded(new)),
    ("check", guarded(check)),
    ("load", guarded(load)),
    ("listen", guarded(listen)),
    ("enter", guarded(enter)),
    ("quarantine", guarded(quarantine)),
    ("now", guarded(now)),
    ("whatif", guarded(whatif)),
    ("close", guarded(close)),
    ("statement", guarded(statement)),
    ("explain", guarded(explain)),
    ("rollup", guarded(rollup)),
    ("labour", guarded(labour)),
    ("diff", guarded(diff)),
    ("verify", guarded(verify)),
    ("act", guarded(act)),
    ("decided", guarded(decided)),
    ("help", guarded(explain_code)),
    ("simulate", guarded(simulate)),
    ("demo", guarded(demo)),
)
