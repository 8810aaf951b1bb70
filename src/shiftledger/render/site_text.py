"""All areas of a shift on one table, and the site's accounts that make them up to the plant (L2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shiftledger.render.amounts import half_interval, local, money
from shiftledger.render.messages import Lang, say, say_of
from shiftledger.render.shown import StatementShown
from shiftledger.render.text import Col, Row, table, wrap

if TYPE_CHECKING:
    from shiftledger.ledger.statement import Statement


SHADOW = "site:shadow"


def site_table(view: StatementShown, lang: Lang) -> list[str]:
    """Areas with V and what it is against Plan and Standard, then the site's accounts, then the plant. # L2, I6"""
    decimals, apart = view.money_decimals, uneven(view.statements)
    rows = []
    for statement in view.statements:
        against = tuple(difference(statement, column) for column in (statement.plan, statement.standard))
        name = area_name(view, statement, lang)
        half = half_interval(statement.sigma, decimals)
        doubtful = half is not None and against[0] and abs(against[0]) <= half  # I6
        cells = (name, money(statement.value, decimals), *(money(one, decimals) for one in against))
        rows.append(Row(cells, (say("area.within", lang),) if doubtful else ()))
    total = sum(statement.value for statement in view.statements)
    plan = together(difference(s, s.plan) for s in view.statements)
    standard = together(difference(s, s.standard) for s in view.statements)
    if not apart:
        rows.append(Row((say("areas.total", lang), money(total, decimals), money(plan, decimals), money(standard, decimals))))
    heads = (
        Col(say("areas", lang), "<", 12),
        Col(f"V {view.currency}".rstrip()),
        Col(say("against.plan", lang)),
        Col(say("against.standard", lang)),
    )
    if apart:
        return [*table(heads, rows, 0), "", *wrap(say("uneven", lang))]
    result = total + sum(view.site.values())
    shadow = view.site.get(SHADOW, 0)
    sums = {"all.with-states": result - shadow, "all.accountant": result} if shadow else {"all.total": result}  # L2
    whole = table((Col("", "<", 12), Col("")), [Row((say(key, lang), money(sums[key], decimals))) for key in sums], 0)
    return [*table(heads, rows, 0), "", *site_lines(view, lang), "", *whole]


def uneven(statements: Sequence[Statement]) -> bool:
    """Whether the shift lies at different times in these areas: then neither their values nor the site's accounts add up. # T2"""
    return len({(statement.start, statement.end) for statement in statements}) > 1


def area_name(view: StatementShown, statement: Statement, lang: Lang) -> str:
    """The area, with its own time where the areas' shifts lie at different times."""
    name = view.names.name("area", statement.area, lang)
    if not uneven(view.statements):
        return name
    return f"{name} {' – '.join(local(at, view.names.zone, '%H:%M') for at in (statement.start, statement.end))}"


def site_lines(view: StatementShown, lang: Lang) -> list[str]:
    """The site's accounts of the shift, each with a sentence, and their total."""
    accounts = sorted(view.site)
    late = [line for text in late_words(view, lang) for line in wrap(text)]
    if not any(view.site.values()):
        return [*wrap(f"{say('site', lang)}: {say('site.none', lang)}"), *late]
    rows = [
        Row((view.names.node(account, lang), money(view.site[account], view.money_decimals)), about(account, lang))
        for account in accounts
        if view.site[account]
    ]
    rows.append(Row((say("site.total", lang), money(sum(view.site.values()), view.money_decimals))))
    return [*table((Col(say("site", lang), "<", 12), Col(view.currency)), rows, 0), *late]


def late_words(view: StatementShown, lang: Lang) -> list[str]:
    """What came too late for the shift, and the month whose prior period has it. # L6"""
    return [
        say("late", lang, amount=money(view.late[month], view.money_decimals), currency=view.currency, month=month)
        for month in sorted(view.late)
    ]


def about(account: str, lang: Lang) -> tuple[str, ...]:
    """What a site account is for, in a sentence."""
    family = account.removeprefix("site:").partition(":")[0]
    sentence = say_of("about", family, lang)
    return (sentence,) if sentence != family else ()


def difference(statement: Statement, column: int | None) -> int | None:
    """V less a column; absent where the column is, or where V lacks something. # I6, I8"""
    return None if column is None or not statement.complete else statement.value - column


def together(values: Iterable[int | None]) -> int | None:
    """A sum that is absent as soon as one of its terms is. # I8"""
    terms = list(values)
    return None if any(term is None for term in terms) else sum(term for term in terms if term is not None)
