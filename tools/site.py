"""What `mkdocs.yml` calls while it builds the site: fences that say more than a language, and Chinese words for the search.

On a page a fence such as "toml heat/plant.toml" names the file that it is, and "sh fails" a command that must fail; the tests run them so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jieba

GLOSSARY = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
WORD = re.compile(r"(?<=[| ])[\u4e00-\u9fff]{2,6}(?=[ |])")
FENCE = re.compile(r"^```(\w+) +([^\s`]+)$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with fences as the site knows them: the file becomes the block's title, other words are left out."""
    return FENCE.sub(lambda found: f'```{found[1]} title="{found[2]}"' if "." in found[2] else f"```{found[1]}", markdown)


def on_pre_build(**_: Any) -> None:
    """The words of the glossary are words: the search finds 账实差 as a whole, not only its parts."""
    jieba.setLogLevel("WARNING")
    for word in sorted(set(WORD.findall(GLOSSARY.read_text("utf-8")))):
        jieba.add_word(word)
