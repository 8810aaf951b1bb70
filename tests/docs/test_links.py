"""Links between pages lead somewhere, and pages use the project's words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from architecture.test_vocabulary import BANNED
from docs.pages import ROOT, name_of, pages, prose

LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)

# Synonyms of the vocabulary. "say which" words, such as data, are only banned as names; prose may need them.
SYNONYMS = {word: use for word, use in BANNED.items() if not use.startswith("say ")}


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.read_text("utf-8")))
    return {heading.strip().replace(" ", "-") for heading in kept}


def dead_links(page: Path) -> list[str]:
    dead = []
    for target in LINK.findall(page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            dead.append(f"{page.name}: {target}")
    return dead


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    assert dead_links(page) == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# One `word`, two\n", "utf-8")
    (tmp_path / "a.md").write_text("[x](b.md) [y](b.md#one-word-two) [z](c.md) [u](b.md#none)\n", "utf-8")
    assert dead_links(tmp_path / "a.md") == ["a.md: c.md", "a.md: b.md#none"]


def test_every_page_can_be_reached_from_the_front_page() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            waiting += [(page.parent / t.partition("#")[0]).resolve() for t in LINK.findall(page.read_text("utf-8"))]
    docs = {page for page in pages() if (ROOT / "docs") in page.parents}
    assert sorted(name_of(page) for page in docs - reached) == []


def synonyms(text: str) -> list[str]:
    words = re.findall(r"[a-z]+", text.lower())
    return sorted(
        {f"{word}: {SYNONYMS[single]}" for word in words for single in (word, word.removesuffix("s")) if single in SYNONYMS}
    )


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_pages_use_the_vocabulary(page: Path) -> None:
    assert synonyms(prose(page)) == []


def test_synonyms_are_found() -> None:
    assert synonyms("Two teams read the sensor; data of crews.") == ["sensor: meter", "teams: crew"]
