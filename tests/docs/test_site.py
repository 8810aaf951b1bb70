"""The documentation builds as a site without a network, takes up every page, and its pages ask for nothing outside of it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.pages import ROOT

# What a browser fetches by itself. Where a link leads (`a`) is the reader's choice.
FETCHED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "object": "data"}
OUTSIDE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)
IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)['"]?((?:https?:)?//[^'")\s]+)""")
AWAY = "https:" + "//"
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "127.0.0.1:9")


class Fetches(HTMLParser):
    """The addresses outside of the site that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(FETCHED.get(tag, "")) or ""
        if OUTSIDE.match(address):
            self.outside.append(address)


def fetched_outside(text: str) -> list[str]:
    page = Fetches()
    page.feed(text)
    return [*page.outside, *IN_STYLES.findall(text)]


def build(target: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **NO_NETWORK, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300
    )


@pytest.mark.slow
def test_the_site_builds_strictly_takes_up_every_page_and_fetches_nothing_from_outside(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert done.returncode == 0, f"`make docs` fails: mend the page, or name the new folder in docs/.nav.yml\n{done.stdout}"
    built = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    wanted = {page.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert {name.replace("README.html", "index.html") for name in wanted} <= built
    pages = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    assert [name for name, text in pages.items() if "```" in text] == [], "a fence that the site does not understand"
    assets = [*tmp_path.rglob("*.html"), *tmp_path.rglob("*.css")]
    assert {path.name: found for path in assets if (found := fetched_outside(path.read_text("utf-8")))} == {}
    found = json.loads((tmp_path / "search" / "search_index.json").read_text("utf-8"))
    glossary = "".join(page["text"] for page in found["docs"] if page["location"].startswith("glossary"))
    assert "\u200b账实差\u200b" in glossary, "Chinese is not cut into the words of the glossary: the search does not find them"


def test_fences_that_name_a_file_or_must_fail_are_told_to_the_site() -> None:
    spec = importlib.util.spec_from_file_location("tools_site", ROOT / "tools" / "site.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = "```toml heat/plant.toml\na\n```\n\n```sh fails\nb\n```\n\n```text\nc\n```\n"
    assert tool.on_page_markdown(page, page=None) == page.replace(" heat/plant.toml", ' title="heat/plant.toml"').replace(
        " fails", ""
    )


@pytest.mark.parametrize(
    "text",
    [
        f'<link rel="stylesheet" href="{AWAY}fonts.example/css">',
        '<script src="//cdn.example/x.js"></script>',
        f"<style>@import '{AWAY}fonts.example/css';</style>",
        f"<style>a {{ background: url({AWAY}example/x.png) }}</style>",
    ],
)
def test_what_a_page_fetches_from_outside_is_found(text: str) -> None:
    assert fetched_outside(text)


def test_what_lies_in_the_site_and_where_links_lead_is_not_taken_for_it() -> None:
    assert fetched_outside(f'<link href="../assets/x.css"><script src="x.js"></script><a href="{AWAY}example">x</a>') == []
