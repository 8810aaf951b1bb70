"""Width, cutting, wrapping and columns: never wider than asked for, no number ever cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shiftledger.render.text import Col, Row, clean, cut, pad, table, width, wrap

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


def test_chinese_characters_take_two_columns() -> None:
    assert (width("磨矿 t"), width("（）"), width("e\u0301"), width("−")) == (6, 4, 1, 1)


def test_what_could_steer_a_terminal_is_replaced() -> None:
    assert clean("a\x1b[31m\nb\u202ec") == "a\ufffd[31m\ufffdb\ufffdc"


def test_a_cut_name_ends_with_an_ellipsis() -> None:
    assert (cut("Evaporation", 6), cut("磨矿车间", 6), cut("磨矿", 4), cut("mill", 0)) == ("Evapo…", "磨矿…", "磨矿", "")


@given(TEXT, st.integers(0, 60))
def test_cut_never_exceeds_its_columns(text: str, columns: int) -> None:
    assert width(cut(text, columns)) <= columns


@given(TEXT, st.integers(8, 60))
def test_wrap_never_exceeds_its_columns_and_loses_nothing(text: str, columns: int) -> None:
    lines = wrap(text, columns, "  ", "    ")
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(clean(text).split())


def test_wrap_breaks_chinese_but_not_before_its_punctuation() -> None:
    assert wrap("账面比实盘多一吨，仍在误差内。", 16) == ["账面比实盘多一", "吨，仍在误差内。"]
    assert wrap("held by the site", 11, "", "  ") == ["held by the", "  site"]
    assert wrap("", 10) == [""]


def test_columns_line_up_and_names_give_way() -> None:
    heads = (Col("", "<", 6), Col("t"), Col("EUR"))
    rows = [Row(("a very long name of a thing", "1.0", "+5.00")), Row(("磨矿", "10.0", "−15.00"), ("estimated",))]
    lines = table(heads, rows, 0, 30)
    assert lines == [
        "                     t     EUR",
        "a very long nam…   1.0   +5.00",
        "磨矿 . . . . . .  10.0  −15.00",
        "  estimated",
    ]


def test_a_number_that_does_not_fit_stands_on_its_own_line() -> None:
    lines = table((Col("", "<", 8), Col("quantity"), Col("EUR")), [Row(("name", "1" * 30, "+" + "2" * 30))], 0, 40)
    assert lines == ["name", "  quantity:", "    " + "1" * 30, "  EUR: +" + "2" * 30]


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4), TEXT)
def test_a_table_is_never_wider_than_asked(rows: list[tuple[str, str, str]], head: str) -> None:
    heads = (Col(head, "<", 8), Col("quantity"), Col("EUR"))
    assert all(width(line) <= 60 for line in table(heads, [Row(row, (row[0],)) for row in rows], 2, 60))


def test_pad_fills_by_columns_not_characters() -> None:
    assert (pad("磨矿", 6), pad("磨矿", 6, ">")) == ("磨矿  ", "  磨矿")
