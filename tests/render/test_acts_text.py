"""The list of acts and approvals in 80 columns, both languages; whatever people typed (R5)."""

from __future__ import annotations

import pytest

from shiftledger.acts.acts import Act
from shiftledger.core.issue import Location
from shiftledger.engine.listed import LAPSED, MISSING, OVER, STANDS, ActLine, ActList, ApprovalLine
from shiftledger.render.acts_text import acts_text
from shiftledger.render.text import width

NOON = 1_774_951_200_000_000  # 2026-03-31T12:00:00+02:00
APPROVE = Act("approve", "process engineer, post 4", "head of technology", NOON, {"what": "standards/filter"}, seq=5)
HOSTILE = Act("exclude", "\x1b[2J" + "长" * 300, "x" * 300, NOON, {"reason": "\n\u202e" * 9}, evidence="e" * 200, seq=6)
LIST = ActList(
    (
        ActLine(APPROVE, "standards/filter", LAPSED),
        ActLine(HOSTILE, "filter 2026-03-31.E " + "y" * 90, OVER, 7),
        ActLine(Act("decision", "clerk", "clerk", NOON, {"about": "ledger"}, seq=7), "ledger"),
    ),
    (
        ApprovalLine("standards/filter", LAPSED, True, APPROVE, "value 0.22 -> 0.23", Location("standards.csv", 5)),
        ApprovalLine("meters", MISSING, True),
        ApprovalLine("prices/draft", STANDS, False, APPROVE),
    ),
)


def test_r5_the_list_says_what_stands_and_why_not() -> None:
    assert [line.replace(" .", "").split() for line in acts_text(LIST, "en", zone="Europe/Berlin").splitlines()[:9]] == [
        ["Approvals"],
        ["standards/filter", "lapsed", "act", "5"],
        ["standards.csv:5:", "value", "0.22", "->", "0.23"],
        ["meters", "not", "approved"],
        ["prices/draft", "stands", "act", "5"],
        ["not", "asked", "for", "by", "plant.toml"],
        [],
        ["Acts", "(3)"],
        ["5", "approve", "standards/filter", "lapsed"],
    ]
    assert "over by act 7" in acts_text(LIST, "en")
    assert acts_text(ActList((), ()), "both") == "尚无决定\n\nNo act is recorded"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_r5_no_line_is_wider_than_a_terminal_and_none_steers_it(lang: str) -> None:
    lines = acts_text(LIST, lang, zone="Asia/Shanghai").splitlines()
    assert max(map(width, lines)) <= 80
    assert all(line.isprintable() for line in lines)
