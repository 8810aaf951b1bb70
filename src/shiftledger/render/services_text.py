"""The small statement of a service area: its jobs, what they saved, and that it is no cash (L8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiftledger.render.amounts import ABSENT, money, price_text, quantity_text
from shiftledger.render.messages import Lang, say
from shiftledger.render.text import WIDTH, Col, Row, cut, pad, table, width, wrap

if TYPE_CHECKING:
    from shiftledger.engine.services import JobLine, ServiceStatement
    from shiftledger.render.shown import StatementShown


def services_lines(view: StatementShown, lang: Lang) -> list[str]:
    """Every service area that has something to state."""
    lines: list[str] = []
    for one in view.services:
        lines += [*([""] if lines else []), *_service(view, one, lang)]
    return lines


def _service(view: StatementShown, one: ServiceStatement, lang: Lang) -> list[str]:
    left, right = view.names.name("area", one.area, lang), one.shift
    title = cut(left, WIDTH - 2 - width(right))
    lines = ["-" * WIDTH, pad(title, WIDTH - width(right)) + right, "", *wrap(saved_words(view, one, lang)), ""]
    late = [line for text in late_saving_words(view, one, lang) for line in wrap(text)]
    if not one.lines:
        return [*lines[:-1], *(late or wrap(say("service.none", lang)))]
    heads = (
        Col(say("service.job", lang), "<", 12),
        *(Col(say(f"service.{what}", lang)) for what in ("qty", "price")),
        Col(view.currency),
    )
    rows = [_row(view, line, lang) for line in one.lines]
    asked = say("service.why", lang, shift=one.shift, area=one.area)
    return [*lines, *table(heads, rows, 0), *late, "", *wrap(asked)]


def _row(view: StatementShown, line: JobLine, lang: Lang) -> Row:
    return Row(job_cells(view, line, lang), job_notes(line, lang))


def saved_words(view: StatementShown, one: ServiceStatement, lang: Lang) -> str:
    """What was saved, and that it is no cash."""
    return say("service.saved", lang, amount=money(one.saved, view.money_decimals), currency=view.currency)


def late_saving_words(view: StatementShown, one: ServiceStatement, lang: Lang) -> list[str]:
    """What was verified too late for the shift, and the month in which it counts. # L6"""
    return [
        say("service.late", lang, amount=money(one.late[month], view.money_decimals), currency=view.currency, month=month)
        for month in sorted(one.late)
    ]


def job_cells(view: StatementShown, line: JobLine, lang: Lang) -> tuple[str, str, str, str]:
    """A job's name, quantity, reference price and amount; a dash where nothing counts yet."""
    price = ABSENT if line.price is None else price_text(line.price, view.money_decimals)
    from shiftledger.ledger.savings import (
        JOB_QUANTUM,
    )  # here: it brings the store's libraries, and a command must begin without them

    return job_name(line, lang), quantity_text(line.qty, JOB_QUANTUM, line.unit), price, money(line.amount, view.money_decimals)


def job_name(line: JobLine, lang: Lang) -> str:
    """A job and who did it."""
    letter = line.crew.rpartition("/")[2]
    return f"{line.job} · {say('crew', lang, letter=letter) if letter else say('nobody', lang)}"


def job_notes(line: JobLine, lang: Lang) -> tuple[str, ...]:
    """That a job waits for somebody to verify it."""
    return (say("service.waiting", lang),) if line.waiting else ()
