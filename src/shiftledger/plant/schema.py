"""Which fields do the plant's text files have? THE table: parsing, types, defaults, issues and the reference read it.

One row a field. `name` is the key or column in the text, `attribute` the name in `plant/model.py` (blank: the same). `refers_to`
names what a value must be declared as. `display` fields do not influence any figure and never enter an input hash (L7).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType

from shiftledger.core.period import HOUR, MINUTE
from shiftledger.plant import model, people, quotes, terms
from shiftledger.plant.fields import Field as Field
from shiftledger.plant.fields import Table as Table
from shiftledger.plant.fields import Type as Type
from shiftledger.plant.fields import dated, named
from shiftledger.plant.schema_loading import LOADING_FIELDS
from shiftledger.plant.schema_people import PEOPLE_FIELDS
from shiftledger.plant.schema_terms import TERM_FIELDS

T = Table
TABLES: tuple[Table, ...] = (
    T("plant", "plant.toml", model.Settings, doc="Currency, zone, production day and the rules of closing."),
    T("area", "areas.toml", model.Area, doc="What one crew runs at a time."),
    T("unit", "units.toml", model.Unit, doc="Where material changes; in one area at a time."),
    T("stream", "streams.toml", model.Stream, doc="A flow of one material from a unit, stock or the outside to another."),
    T("stock", "stocks.toml", model.Stock, doc="A tank, yard or silo; held by the site or an area."),
    T("material", "materials.toml", model.Material, doc="What flows: unit, quantum, what its price counts."),
    T("meter", "meters.csv", model.Meter, ("tag", "changed_at"), doc="A tag with meaning."),
    T("sample", "samples.csv", model.Sample, ("point", "analyte"), doc="The tag of what a laboratory finds at a sample point."),
    T("allocation", "allocations.toml", model.Allocation, doc="How a figure of a longer period is shared among its shifts."),
    T("source", "sources.toml", model.SourceFile, doc="How files of readings are read; never an input of a close."),
    T("rotation", "rotations.toml", model.Rotation, doc="Slots of the day and the pattern of the crews."),
    T("roster", "roster.csv", model.RosterEntry, ("day", "area", "slot", "start"), doc="Exceptions from the rotation."),
    T("service", "services.csv", terms.Service, ("area", "job"), doc="What a contractor would ask for a service crew's job."),
    T("post", "posts.csv", people.Post, ("area", "post"), doc="Posts of the areas."),
    T(
        "member",
        "members.csv",
        people.Member,
        ("person", "area", "crew"),
        doc="Who belongs to which crew; never an input of a close.",
    ),
    T(
        "attendance",
        "attendance.csv",
        people.Attendance,
        ("day", "area", "slot", "person", "kind"),
        doc="Leave, absence, overtime and loans; never an input of a close.",
    ),
    T("budget", "budget.csv", model.Budget, ("area", "item", "kind", "day", "slot"), doc="Planned output, hours, fixed charges."),
    T(
        "standard",
        "standards.csv",
        model.Standard,
        ("area", "output", "item", "basis", "slot", "condition"),
        doc="What output may cost.",
    ),
    T("price", "prices/*.csv", model.Price, ("price_set", "material", "band"), "price_set", "Money per unit of a material."),
    T("link", "links.toml", quotes.Link, doc="How a price follows from quotations."),
    T("quote", "quotes/*.csv", quotes.Quote, ("quote", "period", "published"), doc="What the market asked, as it was published."),
    T("factor", "factors/*.csv", model.Factor, ("factor", "material"), "factor", "Dated conversions, such as t CO2 per MWh."),
    T("indicator", "indicators/*.toml", model.IndicatorRow, doc="One definition, one number."),
    T("state", "states.toml", terms.State, doc="What an area hands over that is no material, such as fouling."),
    T("potential", "potentials.csv", terms.Potential, ("state", "value"), doc="What a state is worth."),
    T("quality", "quality.csv", terms.Quality, ("material", "component", "party"), doc="Premiums and penalties by assay."),
    T(
        "grade",
        "grades.csv",
        terms.GradeLimit,
        ("material", "component"),
        doc="What the laboratory calls off-spec, later than the shift.",
    ),
    T("charge", "charges.csv", terms.Charge, ("charge", "event", "stream"), doc="Environment and safety: by event or emission."),
    T("invoice", "invoices.csv", terms.Invoice, ("item", "party", "day"), doc="What parties ask for fixed items."),
)

F = Field

SMALLEST = Decimal("0.001")
ZERO = Decimal(0)
KINDS = ("rate", "counter", "interval", "level", "state", "lab", "lot", "booking")
OWNERSHIPS = ("end", "start", "time-split", "stage")
FILLS = ("mean-of-shift", "last-good", "standard")

FIELDS: tuple[Field, ...] = (
    F("plant", "id", type="id", required=True, display=True, doc="Short name of the plant."),
    F("plant", "currency", required=True, doc="ISO code, such as CNY."),
    F("plant", "zone", required=True, doc="IANA time zone, such as Asia/Shanghai."),
    F("plant", "day_start", type="time", required=True, doc="Local time at which the production day and its first slot begin."),
    *named("plant"),
    F("plant", "money_decimals", type="integer", default=2, doc="Decimals of the currency's smallest coin."),
    F("plant", "day_label", type="choice", default="start", choices=("start", "end"), doc="Which calendar date names the day."),
    F("plant", "month_start", type="integer", default=1, doc="Day of month on which the accounting month begins."),
    F("plant", "lookback", type="integer", default=21, doc="Shifts before a boundary that its value may use."),
    F(
        "plant",
        "grace",
        type="duration",
        default=30 * MINUTE,
        doc="How long after a boundary an observation still counts for it.",
    ),
    F("plant", "lab_cutoff", type="duration", default=72 * HOUR, doc="Until when late results are true-ups of their shift."),
    F("plant", "test_level", type="number", default=Decimal("0.01"), doc="Familywise level of the balance tests."),
    F("plant", "price_set", default="planned", doc="Price set of the books."),
    F("plant", "price_sets", type="words", default=(), doc="First production day -> price set from that day on."),
    F("plant", "market_set", doc="Price set of the market: what it asks of outside flows more than planned is booked as price."),
    F("plant", "price_approval", type="flag", default=False, doc="Whether prices must be approved before a close."),
    F("plant", "price_approvers", type="names", default=(), doc="Roles that may approve prices; blank: every role."),
    F("plant", "definition_approval", type="flag", default=False, doc="Whether definitions must be approved before a close."),
    F("plant", "definition_approvers", type="names", default=(), doc="Roles that may approve definitions; blank: every role."),
    F("plant", "exclusion_deciders", type="names", default=(), doc="Roles that may leave a shift out; blank: every role."),
    F("plant", "state", default=".shiftledger", display=True, doc="Folder of the plant's state."),
    F(
        "plant",
        "sql",
        display=True,
        doc="Address of a PostgreSQL database for acts, seals and batches; without it a file in the state's folder.",
    ),
    # areas, units, streams, stocks, materials
    F("area", "rotation", required=True, refers_to="rotation", doc="Its rotation."),
    *named("area"),
    F(
        "area",
        "coverage",
        type="choice",
        default="continuous",
        choices=("continuous", "partial"),
        doc="Whole day, or part of it.",
    ),
    F("area", "tou_is_ours", type="flag", default=False, doc="Whether time-of-use differences belong to the area."),
    F("area", "hours_of", refers_to="unit", doc="Unit whose running hours are the area's; blank: its only one."),
    F("area", "successor_of", type="names", default=(), doc="Areas that it succeeds from `valid_from` on: one series."),
    *dated("area"),
    F("unit", "area", required=True, refers_to="area", doc="The area that runs it."),
    *named("unit"),
    F("unit", "conserves", type="names", default=(), doc='What it conserves: "mass" or components.'),
    F(
        "unit",
        "ownership",
        type="choice",
        choices=OWNERSHIPS,
        doc="Whose shift a lot across a boundary is; blank: where it ends.",
    ),
    F(
        "unit",
        "stages",
        type="shares",
        default=(),
        doc='Ownership "stage": each stage and the part that it earns; they sum to 1.',
    ),
    F("unit", "running", refers_to="state", doc="State that tells whether it runs."),
    F("unit", "running_codes", type="names", default=(), doc="Texts of that state with which it runs."),
    F("unit", "causes", type="words", default=(), doc="Text of that state -> cause of the halt."),
    F("unit", "own_causes", type="names", default=("process",), doc="Causes of a halt that are the crew's own."),
    F("unit", "min_halt", type="duration", default=0, doc="A shorter stop is no halt."),
    F(
        "unit",
        "no_fault_rate",
        type="number",
        default=None,
        doc="Money an hour that the site bears of halts by causes not the crew's own.",
    ),
    *dated("unit"),
    F("stream", "from", "source", required=True, refers_to="node", doc="Unit, stock, outside or outside:<party>."),
    F("stream", "to", "target", required=True, refers_to="node", doc="Unit, stock, outside or outside:<party>."),
    F("stream", "material", required=True, refers_to="material", doc="What flows."),
    *named("stream"),
    F("stream", "follows", refers_to="stream", doc="Nobody meters it: it is `share` times this metered stream."),
    F("stream", "share", type="number", default=None, doc="How much of it one unit of the stream that it follows stands for."),
    F("stream", "source", "origin", display=True, doc="Where the share comes from; `assumption: ...` marks what rests on it."),
    *dated("stream"),
    F("stock", "material", required=True, refers_to="material", doc="What it holds."),
    F("stock", "held_by", required=True, refers_to="holder", doc='"site" or an area.'),
    *named("stock"),
    F(
        "stock",
        "boundary",
        type="choice",
        default="roll",
        choices=("roll", "nearest", "interpolate"),
        doc="How a boundary is read.",
    ),
    F("stock", "opening", type="number", default=None, doc="Content at the first boundary, in the material's unit."),
    F("stock", "opening_day", type="date", default=None, doc="Production day at whose beginning `opening` held."),
    F("material", "unit", required=True, doc="Unit in which it is counted, such as t or MWh."),
    *named("material"),
    F("material", "quantum", type="number", default=SMALLEST, doc="Posted quantities are whole multiples of it."),
    F("material", "priced_on", default="mass", doc='"mass" or the component that is paid for.'),
    F("material", "band_state", refers_to="state", doc="State whose codes name the tariff band."),
    F(
        "material",
        "offspec_of",
        refers_to="material",
        doc="The material that missed its grade; given it is off-spec, taken rework.",
    ),
    # meters.csv
    F("meter", "tag", required=True, doc="Name in the readings."),
    F("meter", "kind", type="choice", required=True, choices=KINDS, doc="What a reading means."),
    F("meter", "stream", refers_to="stream", doc="The stream that it measures."),
    F("meter", "stock", refers_to="stock", doc="The stock that it measures."),
    F("meter", "state", doc="The state that it tells."),
    F(
        "meter",
        "component",
        doc="The component or property that the laboratory finds; of a booking: that the bill is of this component's mass itself.",
    ),
    F("meter", "unit", doc="Unit of its readings, such as t/h."),
    F("meter", "class", "limit", type="number", default=ZERO, doc="Limit of error, relative: 0.003 is 0.3 %."),
    F("meter", "white", type="number", default=ZERO, doc="Relative standard uncertainty of an hourly mean."),
    F("meter", "sigma", type="number", default=ZERO, doc="Absolute standard uncertainty of one observation."),
    F("meter", "integrate", type="choice", default="step", choices=("step", "linear"), doc="Between two readings of a rate."),
    F(
        "meter",
        "length",
        type="duration",
        default=0,
        doc="Period before the stamp that one interval reading covers; of a lot, booking or composite sample the longest one.",
    ),
    F("meter", "max_gap", type="duration", default=HOUR, doc="A longer gap is uncovered."),
    F(
        "meter",
        "max_hold",
        type="duration",
        default=24 * HOUR,
        doc="A value held longer is stale; a counter is silent or lost, and lots are apart, no longer without a loss.",
    ),
    F("meter", "max_same", type="duration", default=0, doc="A value told again unchanged for longer is stale; 0s: never."),
    F("meter", "fill", type="choice", choices=FILLS, doc="How gaps are estimated; blank: not at all."),
    F("meter", "modulus", type="number", default=None, doc="Value at which a counter rolls over."),
    F("meter", "max_rate", type="number", default=None, doc="Fastest believable rise, per hour."),
    F("meter", "quantum", type="number", default=SMALLEST, doc="Step in which a condition is posted."),
    F("meter", "low", type="number", default=None, display=True, doc="A reading below it waits in quarantine."),
    F("meter", "high", type="number", default=None, display=True, doc="A reading above it waits in quarantine."),
    F("meter", "codes", type="codes", default=(), doc="Codes of a state's texts: Light=1;Medium=2."),
    F("meter", "changed_at", type="time", default=None, doc="Local time on its first day when it took over from the one before."),
    F("meter", "first_register", type="number", default=None, doc="Register of a counter when it was put in."),
    F("meter", "last_register", type="number", default=None, doc="Register of a counter when it was taken out."),
    *dated("meter"),
    *LOADING_FIELDS,
    # allocations.toml
    F("allocation", "stream", required=True, refers_to="stream", doc="The stream whose meter is a booking."),
    F("allocation", "driver", type="choice", required=True, choices=("hours", "load", "standard"), doc="What the shares follow."),
    F("allocation", "load", refers_to="stream", doc='Driver "load": the metered stream that carries the shares.'),
    *dated("allocation"),
    # rotations.toml, roster.csv and what is about people
    F("rotation", "preset", refers_to="preset", doc="A rotation that ships; what is given beside it replaces its part."),
    F("rotation", "slots", type="slots", default=(), doc="Slots in order of the day: id, start, end (partial coverage), names."),
    F("rotation", "pattern", doc="Slot letters of one crew, R for rest, such as DDEENNRR."),
    F(
        "rotation",
        "anchor",
        type="date",
        required=True,
        doc="Production day on which phase 0 stands at the pattern's first letter.",
    ),
    F("rotation", "crews", type="crews", default=(), doc="Crew letter -> phase in the pattern."),
    F("rotation", "synthetic", type="flag", default=False, doc="A made-up roster: books, but never a board."),
    *PEOPLE_FIELDS,
    # budget.csv, standards.csv, prices/, factors/, indicators/
    F("budget", "area", required=True, refers_to="area", doc="Area."),
    F("budget", "item", required=True, refers_to="material", doc="Material of an output; name of a charge."),
    F("budget", "kind", type="choice", required=True, choices=("output", "hours", "fixed"), doc="What `qty` counts."),
    F("budget", "qty", type="number", required=True, doc="Quantity, hours or money."),
    F("budget", "per", type="choice", default="shift", choices=("shift", "day", "month"), doc="Period of `qty`."),
    F("budget", "day", type="date", default=None, doc="Only this production day."),
    F("budget", "slot", refers_to="slot", doc="Only this slot."),
    *dated("budget"),
    F("standard", "area", required=True, refers_to="area", doc="Area."),
    F("standard", "output", required=True, refers_to="material", doc="The output that the standard is for."),
    F("standard", "item", required=True, refers_to="material", doc="The input."),
    F(
        "standard",
        "basis",
        type="choice",
        required=True,
        choices=("yield", "usage", "hours"),
        doc="yield: output per input; usage: input per output; hours: input per hour.",
    ),
    F("standard", "value", type="number", required=True, doc="Base value, or slope per unit of the condition."),
    F("standard", "unit", doc="Unit of the value, such as t/t."),
    F("standard", "slot", refers_to="slot", doc="Only this slot."),
    F("standard", "condition", refers_to="condition", doc="State or component; blank: the base."),
    F("standard", "reference", type="number", default=None, doc="Value of the condition at which the base holds."),
    *dated("standard"),
    F("standard", "source", display=True, doc="Where the value comes from."),
    F("price", "material", required=True, refers_to="material", doc="Material."),
    F("price", "price", type="number", required=True, unless="link", doc="Money per unit; blank where it follows from a link."),
    F("price", "link", doc="Formula of links.toml that gives the price; its window lies before valid_from."),
    F("price", "unit", doc="Currency per unit, such as CNY/t."),
    F("price", "band", doc="Tariff band; blank: the planned price."),
    F("price", "sigma", type="number", default=ZERO, doc="Relative standard uncertainty; a planned price is exact by decision."),
    *dated("price"),
    F("price", "source", display=True, doc="Where the price comes from."),
    F("link", "formula", required=True, doc="Arithmetic over quote.<id> and factor.<factor>.<material>, with units."),
    F(
        "link",
        "lag",
        type="integer",
        default=0,
        doc="Whole months between the window and the month in which the price begins to hold.",
    ),
    F("link", "window", type="integer", default=1, doc="Months over whose mean a quotation enters the formula."),
    F(
        "link",
        "cut",
        type="integer",
        default=0,
        doc="Days after valid_from of the price until which what was published counts; may be negative.",
    ),
    F("link", "decimals", type="integer", default=2, doc="Decimals of the price; rounded once, half away from zero."),
    F(
        "link",
        "missing",
        type="choice",
        default="refuse",
        choices=("refuse", "carry"),
        doc="A month without quotation: no price, or the last quotation before it.",
    ),
    F("quote", "quote", required=True, doc="Name of the quotation, such as iron_ore."),
    F("quote", "period", required=True, doc="Month, quarter or day: 2026-02, 2026-Q1, 2026-02-14."),
    F("quote", "value", type="number", required=True, doc="What it stood at."),
    F("quote", "unit", required=True, doc="Currency per unit, such as USD/dmt; or CNY/USD."),
    F("quote", "published", type="date", required=True, doc="When it was published; a restated one has a later day."),
    F("quote", "source", display=True, doc="Where it was published."),
    F("factor", "material", required=True, refers_to="material", doc="Material."),
    F("factor", "value", type="number", required=True, doc="Result per unit of the material."),
    F("factor", "unit", required=True, doc="Result unit per material unit, such as t/MWh."),
    *dated("factor"),
    F("factor", "source", display=True, doc="Where the factor comes from."),
    F("indicator", "area", required=True, refers_to="area", doc="Area."),
    F("indicator", "formula", required=True, doc="Arithmetic over quantities."),
    F("indicator", "unit", doc="Unit of the result."),
    *named("indicator"),
    F("indicator", "quantum", type="number", default=SMALLEST, doc="Step in which it is published."),
    F("indicator", "better", type="choice", choices=("up", "down"), doc="Which direction is better."),
    *dated("indicator"),
    *TERM_FIELDS,
)

SLOT_FIELDS: tuple[Field, ...] = (
    F("slot", "id", type="id", required=True, doc="One letter, as in the pattern."),
    F("slot", "start", type="time", required=True, doc="Local time."),
    F("slot", "end", type="time", default=None, doc="Local time; needed only where coverage is partial."),
    *named("slot"),
)

# Names that the design keeps for later files: never taken for a misspelling of a file that is read today.
RESERVED_FILES: tuple[str, ...] = (*("drivers.toml", "agreement.toml", "references.csv", "goals.toml"),)

TABLE: Mapping[str, Table] = MappingProxyType({table.name: table for table in TABLES})
FIELDS_OF: Mapping[str, tuple[Field, ...]] = MappingProxyType(
    {table.name: tuple(f for f in FIELDS if f.table == table.name) for table in TABLES} | {"slot": SLOT_FIELDS}
)


@lru_cache(maxsize=1024)
def table_of(file: str) -> Table | None:
    """The table that a file (posix path below the plant's folder) holds; None if no such file is read."""
    for table in TABLES:
        if file == table.file or (
            file.count("/") == table.file.count("/") and "*" in table.file and fnmatchcase(file, table.file)
        ):
            return table
    return None
