"""The verb of a beginning: a few questions, or flags, and a plant folder that checks clean."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shiftledger.cli.face import AsJson, show
from shiftledger.cli.output import ERRORS, FINE, Usage, chosen_lang, emit, emit_issues, outcome

if TYPE_CHECKING:
    from shiftledger.core.issue import Issue
    from shiftledger.plant.answers import Answers
    from shiftledger.render.messages import Lang


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The new folder; its name is the plant's id.")],
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What people call the plant.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CODE", help="ISO code; CNY by default.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="IANA name; Asia/Shanghai by default.")] = None,
    day_start: Annotated[
        str | None, typer.Option("--day-start", metavar="TIME", help="When the production day begins; 08:00 by default.")
    ] = None,
    slots: Annotated[
        str | None, typer.Option("--slots", metavar="N|TIMES", help="1 to 3 a day, or their starts: 06:00,14:00,22:00.")
    ] = None,
    rotation: Annotated[
        str | None, typer.Option("--rotation", metavar="NAME", help="One that ships, such as four-crew-2-2-2-2.")
    ] = None,
    anchor: Annotated[str | None, typer.Option("--anchor", metavar="DAY", help="Day on which crew A begins its pattern.")] = None,
    area: Annotated[
        list[str] | None, typer.Option("--area", metavar="NAME", help="An area; again for each, in the order of the flow.")
    ] = None,
    material: Annotated[
        list[str] | None,
        typer.Option(
            "--material", metavar="NAME:UNIT:PRICE", help="Again for each: in the order of the areas, then what else is used."
        ),
    ] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option(
            "--flow",
            metavar="MATERIAL:FROM:TO[:TAG]",
            help="What is metered; FROM and TO: an area or outside. One --flow replaces all usual ones: then name each.",
        ),
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing: what no option says takes its usual value.")] = False,
    lang: Annotated[
        str | None,
        typer.Option("--lang", metavar="zh|en", help="Language of the comments; SHIFTLEDGER_LANG sets the default (zh)."),
    ] = None,
    json: AsJson = False,
) -> int:
    """Begin a plant: a small folder that checks clean, with an example in every file and readings to try it."""
    from shiftledger.api.new import refused, written
    from shiftledger.plant.answers import Answers

    chosen: Lang = _one_language(lang)
    flags = {"name": name, "currency": currency, "zone": zone, "day_start": day_start, "slots": slots, "rotation": rotation}
    flags |= {"anchor": anchor}
    lists = {"areas": area, "materials": material, "flows": flow}
    given: dict[str, Any] = {key: text for key, text in flags.items() if text is not None}
    given |= {key: tuple(texts) for key, texts in lists.items() if texts}
    answers = Answers(**given)
    if not (defaults or json) and _is_person():
        taken = refused(folder)
        if taken:
            emit_issues(taken)
            return ERRORS
        answers = _asked(folder, answers, given, chosen)
    view = written(folder, answers, chosen)
    return show(view, json, lambda: _told(view, chosen))


def _one_language(option: str | None) -> Lang:
    chosen = chosen_lang(option)
    if chosen == "both":
        raise Usage("--lang both: the comments are in one language; choose zh or en")
    return chosen  # type: ignore[return-value]


def _is_person() -> bool:
    try:
        return sys.stdin.isatty()
    except (AttributeError, ValueError):
        return False


def _told(view: Any, lang: Lang) -> str:
    from shiftledger.render.messages import say

    if not view.folder:
        return ""
    lines = [
        say("new.warned" if view.issues else "new.written", lang, folder=view.folder, count=len(view.files)),
        say("new.next", lang),
    ]
    return "\n".join([*lines, *(f"  {step}" for step in view.steps)])


def _asked(folder: Path, answers: Answers, given: Mapping[str, Any], lang: Lang) -> Answers:
    """The answers of a person: each question that no option answered, again until its answer can be used."""
    from shiftledger.render.messages import say

    emit(say("new.ask.lead", lang))
    for key in ("name", "currency", "zone", "day_start", "slots", "rotation", "areas", "materials", "flows"):
        if key not in given:
            answers = _one_answer(folder, answers, key, lang)
    return answers


def _one_answer(folder: Path, answers: Answers, key: str, lang: Lang) -> Answers:
    from shiftledger.render.messages import say

    usual, choices = _usual(folder, answers, key)
    while True:
        text = typer.prompt(
            say(f"new.ask.{key.replace('_', '-')}", lang, choices=choices), default=usual, show_default=bool(usual)
        ).strip()
        if key == "currency":
            text = text.upper()
        change: dict[str, Any] = {key: _parts(text) if isinstance(getattr(answers, key), tuple) else text}
        tried = replace(answers, **change)
        wrong = _wrong(folder, tried, key)
        if outcome(wrong) == FINE:
            return tried
        emit_issues(wrong)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


def _wrong(folder: Path, answers: Answers, key: str) -> tuple[Issue, ...]:
    """What is wrong with this very answer; what later answers will mend is not asked about yet."""
    from shiftledger.plant.answers import beginning

    issues = beginning(Path(folder.absolute()).name, answers).issues
    here = {"flows": ("flows", "materials")}.get(key, (key,))  # that materials need flows is said where flows are asked for
    return tuple(
        issue for issue in issues if issue.at is not None and issue.at.file in here and (key == "flows" or issue.code != "P194")
    )


def _usual(folder: Path, answers: Answers, key: str) -> tuple[str, str]:
    """The value that Enter takes, and the choices of a rotation."""
    from shiftledger.plant.answers import beginning, presets_for

    if key == "name":
        return answers.name or folder.absolute().name, ""
    if key == "rotation":
        found = beginning("x", replace(answers, rotation="", areas=("a",), materials=("b:t:1", "c:t:1"), flows=())).result
        fitting = presets_for(len(found.slots)) if found else ("",)
        return fitting[0], ", ".join(fitting)
    if key == "materials" and len(answers.areas) > 1:
        between = [f"{area}-out:t:120" for area in answers.areas[:-1]]
        return ",".join([answers.materials[0], *between, *answers.materials[1:]]), ""
    value = getattr(answers, key)
    return ",".join(value) if isinstance(value, tuple) else value, ""
