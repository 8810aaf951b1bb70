"""The glossary has every word that statements print, as they print it, and every word of the program's vocabulary."""

from __future__ import annotations

import re

import pytest

from docs.pages import ROOT
from shiftledger.render.messages import TABLE

GLOSSARY = ROOT / "docs" / "glossary.md"
ROW = re.compile(r"^\| (?P<en>.+?) \| (?P<zh>.+?) \| (?P<meaning>.+?) \|$", re.MULTILINE)

# Families of the catalogue whose every word stands on statements, and words of their own.
FAMILIES = ("column", "bridge", "account", "kind", "status", "cause", "mark")
LABELS = (
    *("value", "gave", "took", "outside", "quantity", "price", "total", "market", "stocks", "opening", "closing", "holder.site"),
    *("conditions", "found", "reference", "difference", "hours", "hours.count", "hours.unknown", "figures", "absent", "marks"),
    *("columns", "against.plan", "against.standard", "areas", "areas.total", "site", "site.total", "all.total"),
    *("all.with-states", "all.accountant", "rollup.shifts", "rollup.result", "rollup.outside", "rollup.stocks", "diff.before"),
    *("diff.after", "diff.difference", "diff.total", "diff.why"),
)
# One word per idea: what the program is built of and talks about.
VOCABULARY = (
    *("site", "area", "group", "unit", "stock", "stream", "material", "component", "meter", "reading", "quantity", "coverage"),
    *(
        "shift",
        "crew",
        "roster",
        "production day",
        "accounting month",
        "standard uncertainty",
        "residual",
        "suspect",
        "indicator",
    ),
    *(
        "condition",
        "price set",
        "plan",
        "standard",
        "allowed",
        "actual",
        "posting",
        "seal",
        "act",
        "account",
        "close",
        "reversal",
    ),
    *("true-up", "handover", "state", "variance", "difference sheet", "evidence"),
)


def rows() -> dict[str, tuple[str, str]]:
    """English word -> Chinese word and meaning."""
    found = ROW.findall(GLOSSARY.read_text("utf-8"))
    return {en.casefold(): (zh, meaning) for en, zh, meaning in found if en != "---"}


def shown(text: str) -> str:
    """Wording as the glossary has it: what is set in is a dash of dots, and no colon at the end."""
    return re.sub(r"\{\w+\}", "…", text).strip(" ：:")


def wanted() -> list[str]:
    return [*LABELS, *(key for key in TABLE if key.partition(".")[0] in FAMILIES and "." in key)]


@pytest.mark.parametrize("key", wanted())
def test_every_label_of_a_statement_stands_in_the_glossary_as_it_is_printed(key: str) -> None:
    chinese, english = map(shown, TABLE[key])
    pairs = {(en.casefold(), zh) for en, zh, _ in ROW.findall(GLOSSARY.read_text("utf-8"))}
    assert (english.casefold(), chinese) in pairs, f"docs/glossary.md has no row | {english} | {chinese} | ... | ({key})"


@pytest.mark.parametrize("word", VOCABULARY)
def test_every_word_of_the_vocabulary_has_an_entry(word: str) -> None:
    assert word in rows()


def test_every_entry_is_one_plain_sentence() -> None:
    meanings = {en: meaning for en, (_, meaning) in rows().items() if en != "english"}
    assert {en for en, meaning in meanings.items() if not meaning.endswith(".") or ". " in meaning or len(meaning) > 160} == set()
