"""What leaves the program on a terminal that cannot show everything, and in which language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftledger.cli.output import Usage, chosen_lang, printable, report_lang
from shiftledger.render.text import width


def test_a_minus_is_never_lost() -> None:
    assert printable("−5.00 → 磨矿 —", "ascii") == "-5.00 > ???? -"
    assert printable("−5.00 磨矿", "gbk").startswith("-5.00 磨矿")
    assert printable("−5.00 磨矿", "utf-8") == "−5.00 磨矿"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Mn", "Mc", "Me"])))
def test_columns_stay_whatever_is_replaced(text: str) -> None:
    shown = printable(text, "ascii")
    assert shown.isascii()
    assert width(shown) == width(text)


def test_the_language_is_the_option_then_the_environment_then_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHIFTLEDGER_LANG", raising=False)
    assert (chosen_lang(None), report_lang()) == ("zh", "en")
    monkeypatch.setenv("SHIFTLEDGER_LANG", "en")
    assert (chosen_lang(None), chosen_lang("both")) == ("en", "both")
    monkeypatch.setenv("SHIFTLEDGER_LANG", "zh")
    assert report_lang() == "zh"
    monkeypatch.setenv("SHIFTLEDGER_LANG", "fr")
    with pytest.raises(Usage, match="SHIFTLEDGER_LANG"):
        chosen_lang(None)
