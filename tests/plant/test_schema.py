"""The table of fields and the frozen types say the same."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from shiftledger.plant.model import Settings, Slot
from shiftledger.plant.schema import FIELDS, FIELDS_OF, SLOT_FIELDS, TABLE, TABLES, Table, table_of
from shiftledger.plant.values import READERS, read_value

OWN = {"rotation": {"preset"}}  # fields that are gone once the row is read


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_attribute_has_a_field_and_every_field_an_attribute(table: Table) -> None:
    attributes = {f.name for f in fields(table.model)} - {"at", "trace"}
    written = {f.target for f in FIELDS_OF[table.name]} - OWN.get(table.name, set())
    named = {"id"} if table.key == ("id",) and table.name != "plant" else set()
    assert attributes == written | named | ({table.stem} if table.stem else set())
    assert set(table.key) <= attributes


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_defaults_are_the_model_s(table: Table) -> None:
    model = {f.name: f for f in fields(table.model)}
    for field in FIELDS_OF[table.name]:
        if field.target in model and not field.required and table.name != "rotation":
            assert model[field.target].default == field.default, field
        elif field.required and field.target in model:
            assert model[field.target].default is MISSING, field


def test_slots_are_described_too() -> None:
    assert {f.target for f in SLOT_FIELDS} == {f.name for f in fields(Slot)}


def test_choices_contain_their_default_and_defaults_their_type() -> None:
    for field in (*FIELDS, *SLOT_FIELDS):
        assert field.type in READERS
        assert field.table in TABLE or field.table == "slot"
        assert not field.choices or field.required or field.default in ("", *field.choices)
        assert bool(field.choices) == (field.type == "choice")
        assert field.doc.endswith(".") or field.doc.endswith('"') or "=" in field.doc, field
        assert not field.required or field.default == "", field


def test_texts_of_defaults_read_as_the_default() -> None:
    by_name = {(field.table, field.name): field for field in FIELDS}
    for key, text in ((("plant", "grace"), "30min"), (("plant", "lab_cutoff"), "72h"), (("meter", "max_gap"), "1h")):
        assert read_value(by_name[key], text) == by_name[key].default


def test_references_name_a_table_or_a_known_kind() -> None:
    kinds = {*TABLE, "node", "holder", "state", "condition", "slot", "crew", "tag", "preset", ""}
    assert {field.refers_to for field in FIELDS} <= kinds


def test_l7_only_names_remarks_and_places_are_display() -> None:
    shown = {(field.table, field.name) for field in FIELDS if field.display}
    at_loading = {("meter", "low"), ("meter", "high")}  # what lies outside never becomes a reading
    assert {name for _, name in shown - at_loading} == {"id", "name_zh", "name_en", "state", "sql", "note", "source"}
    assert ("stream", "from") not in shown  # `source` is its attribute, not its remark
    assert Settings.__dataclass_fields__["state"].default == ".shiftledger"


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("plant.toml", "plant"), ("meters.csv", "meter"), ("prices/planned.csv", "price"), ("factors/co2.csv", "factor"),
        ("indicators/own.toml", "indicator"), ("prices/a/b.csv", None), ("x/plant.toml", None), ("prices.csv", None),
        ("prices/planned.toml", None), ("Plant.toml", None),
    ],
)  # fmt: skip
def test_files_of_tables(file: str, table: str | None) -> None:
    found = table_of(file)
    assert (found.name if found else None) == table
