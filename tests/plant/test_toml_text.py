"""A table or key that stands twice hides nothing else; any other break of the grammar is told alone."""

from __future__ import annotations

import pytest

from shiftledger.plant.toml_text import read_toml

MATERIALS = '[material.ore]\nunit = "t"\n\n[material.ore]\nunit = "kg"\nnote = [\n    "a",\n]\n\n[material.coal]\nunit = "t"\n'


def told(text: str) -> list[str]:
    return [f"{one.at} {one.code} {one.message}" for one in read_toml("materials.toml", text).issues]


def test_a_table_that_stands_twice_is_told_and_the_rest_is_read() -> None:
    read = read_toml("materials.toml", MATERIALS)
    assert told(MATERIALS) == ['materials.toml:4 P010 "ore" is declared already at materials.toml:1']
    assert read.document == {"material": {"ore": {"unit": "t"}, "coal": {"unit": "t"}}}
    assert len(read.text.split("\n")) == len(MATERIALS.split("\n"))  # places stay


def test_a_header_written_twice_above_its_keys_loses_none_of_them() -> None:
    read = read_toml("plant.toml", '[plant]\n[plant]\nid = "p"\n')
    assert [issue.at.line for issue in read.issues if issue.at] == [2]
    assert read.document == {"plant": {"id": "p"}}


def test_each_of_several_is_told() -> None:
    text = f'{MATERIALS}unit = "g"\n[material.ore]\n'
    assert told(text) == [
        'materials.toml:4 P010 "ore" is declared already at materials.toml:1',
        'materials.toml:12 P010 "unit" stands already at materials.toml:11',
        'materials.toml:13 P010 "ore" is declared already at materials.toml:1',
    ]


@pytest.mark.parametrize("broken", ["unit = t\n", "unit = {a = 1, a = 2}\n", 'unit = [\n"t"\n', "[material\n"])
def test_what_is_broken_otherwise_is_one_message(broken: str) -> None:
    read = read_toml("materials.toml", f'[material.ore]\nunit = "t"\n[material.coal]\n{broken}')
    assert read.document is None
    assert [issue.code for issue in read.issues] == ["P003"]


def test_a_key_of_several_lines_twice_is_told_as_broken_grammar_and_blames_no_line_below() -> None:
    read = read_toml("materials.toml", '[material.ore]\nnote = [\n "a",\n]\nnote = [\n "b",\n]\n')
    assert read.document is None
    assert [(issue.code, issue.at.line if issue.at else 0) for issue in read.issues] == [("P003", 7)]


@pytest.mark.parametrize(("sign", "meant"), [("＝", "="), ("：", ":"), ("“", '"'), ("，", ",")])
def test_a_full_width_character_is_named(sign: str, meant: str) -> None:
    text = {"＝": '[a.b]\nc ＝ "d"', "：": "[a.b]\nc = 06：00:00", "“": "[a.b]\nc = “d”", "，": '[a.b]\nc = ["d"， "e"]'}[sign]
    [issue] = read_toml("a.toml", text).issues
    assert issue.message == f'not valid TOML: "{sign}" is a full-width character'
    assert issue.remedy.startswith(f"Write '{meant}' instead.")
