"""The issues of the plant stage: what each code means and how to mend it (`shiftledger help P012`).

Every code has its smallest bad plant in tests/errors/.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from shiftledger.core.issue import Issue, Kind, Location

K = Kind
CODES: tuple[Kind, ...] = (
    K("P001", "error", "No plant here", ("A plant is a folder with at least a plant.toml. Name the folder that holds plant.toml, or begin one: shiftledger" " new FOLDER.")),
    K("P002", "error", "File cannot be read as text", ("Plant files are UTF-8 text without NUL characters, up to 16 MiB each. Save the file as plain text in UTF-8 (in a" ' spreadsheet: "CSV UTF-8").')),
    K(
        "P003",
        "error",
        "Not valid TOML or CSV",
        ("The file's grammar is broken at this place. In TOML, text stands in quotes and times have seconds. Correct the " "marked place; the cells of a CSV file are separated by commas."),
    ),
    K(
        "P004",
        "warning",
        "File name looks misspelt",
        "The file is not read. Rename it, or move it elsewhere if it is not meant for Shiftledger.",
    ),
    K(
        "P005",
        "error",
        "Unknown table, key or column",
        ("Nothing is read from it, so a misspelt optional field would silently take its default. Correct the word, or " "remove it; the message names the closest one and all that there are."),
    ),
    K("P006", "error", "Required value missing", ("Without this key or cell the row means nothing; there is no default. Fill it in, or add the column to the " "header.")),
    K(
        "P007",
        "error",
        "Value of the wrong type",
        ("Numbers use a point and no thousands sign; dates are YYYY-MM-DD; durations are like 30min or 72h. Write the " "value as the message shows."),
    ),
    K("P008", "error", "Not one of the choices", "Only the listed words are allowed. Write one of those that the message lists."),
    K(
        "P009",
        "error",
        "Wrong number of cells",
        ("Every line of a CSV file has as many cells as its header. A comma inside a cell needs quotes around it. Add or " "remove commas in the marked line."),
    ),
    K("P010", "error", "Declared twice", "Ids are unique; a unit and a stock may not share one either. Give one of the two another id, or remove it."),
    K(
        "P011",
        "error",
        "Name cannot be used",
        ("Ids are letters (any script), digits, - and _; they stand in addresses and account names. 'site' and 'outside' " "are reserved. Choose another id; names for people stand in name_zh and name_en."),
    ),
    K("P012", "error", "Named but not declared", ("A row refers to something that no file declares. Correct the name - the message says the closest - or declare it" " in the file that the message names.")),
    K("P013", "error", "Unknown time zone", "Zones are names of the IANA database, such as Asia/Shanghai. Write such a name."),
    K(
        "P014",
        "error",
        "First slot does not begin the production day",
        ("The first slot of every continuous rotation starts at day_start (T2). Let the first slot start at day_start, or " "move day_start in plant.toml."),
    ),
    K(
        "P015",
        "error",
        "Slots do not cover the day",
        "Units run at any hour, so the slots of their area follow each other round the clock and cover the production day exactly: "
        "each ends where the next begins. Areas may have different slots. An area without units may cover a part of the day with "
        'coverage = "partial".',
    ),
    K("P016", "error", "Pattern does not fit the slots", "Each letter of a pattern is a slot, or R for rest. Write only letters of slots and R into the pattern."),
    K(
        "P017",
        "warning",
        "Slot not manned by exactly one crew",
        "The phases leave a slot without a crew or give it two, on some day of the cycle. roster.csv can still mend single days.",
    ),
    K(
        "P018",
        "error",
        "Units do not fit",
        ("A rate times an hour, an interval and a level must be of the material's dimension (Q8); readings are converted. " "A price, a standard and a factor are multiplied as they stand: they must be in the material's own unit, not a " "thousandth of it. Correct the unit, or convert the value; the message says by how much where it can."),
    ),
    K("P019", "error", "Unknown unit", "The unit is not in the list of known units. Write a unit like t, t/h, MWh, m3 or %."),
    K("P020", "error", "Value out of range", "The value has the right type but no meaning here. Correct the value as the message says."),
    K(
        "P021",
        "error",
        "Validity ends before it begins",
        ("valid_from and valid_to are the first and last production day, both included. Exchange the two dates, or leave " "the later one blank."),
    ),
    K(
        "P022",
        "error",
        "Two rows hold on the same day",
        ("Rows with the same key must follow each other in time, or it is open which one governs. Let the earlier row end " "(valid_to) on the day before the later begins (valid_from), or remove one."),
    ),
    K(
        "P023",
        "note",
        "Days without a price",
        ("Between two rows there are days on which no price holds; flows of those days cannot be valued. Begin the later " "row earlier, or let the one before it end later."),
    ),
    K(
        "P024",
        "warning",
        "Material without a price",
        ("The material moves, but the plant's price set has no planned price for it, so its flows cannot be valued. Add a " "row with its price; 0 is a price too."),
    ),
    K("P025", "error", "Measured twice", ("Two meters measure the same thing on the same day; which one counts would be chance. Remove one of the two, or " "let it end (valid_to) before the other begins.")),
    K(
        "P026",
        "error",
        "Stock cannot be derived",
        ("A stock closes by one unmetered side at most: it is derived as opening + receipts - closing. Give one more of " "its streams a meter."),
    ),
    K(
        "P027",
        "warning",
        "Stock without a first content",
        ("Without a dip or an opening the stock's change and residual are absent; its flows still post. Give the stock a " "level meter, or an opening in stocks.toml."),
    ),
    K(
        "P029",
        "error",
        "Fill by standard without a standard",
        ("fill = standard takes the gap from standards.csv, which has no row for this stream. Add the row by the hour, or " "choose another fill."),
    ),
    K("P030", "error", "Readings cannot be read as declared", "The source's encoding, zone or separators do not work. Correct the key of sources.toml that is marked."),
    K("P031", "note", "Made-up roster", ("The books are real, but no board is shown over a made-up roster (E5). Replace it by the real rotation and remove" " `synthetic`.")),
    K(
        "P032",
        "error",
        "Meter does not say what it measures",
        ("A meter measures one stream, stock, state or component, by its kind. Fill in the column that its kind needs, and" " leave the others blank."),
    ),
    K("P033", "error", "Rotation incomplete", "A rotation has either a preset, or slots, pattern and crews. Name a preset, or give slots, pattern and crews."),
    K(
        "P034",
        "error",
        "Stream does not fit its ends",
        ("A stock holds one material; a stream joins two different nodes, at least one of them inside the plant. Correct " "from, to or material."),
    ),
    K(
        "P035",
        "error",
        "Standards that exclude each other",
        "On any day and in any slot an item of an output has one basis: yield, usage or hours; two would be asked for together. "
        "What an output may cost counts either per unit of the output or by the operating hour, not both.",
    ),
    K(
        "P036",
        "error",
        "Slope without a base",
        ("A row of standards.csv with a condition is added to the row without one, for the same area, output, item and " "basis. Without such a row in its slot and time it would never be used. Add the row without a condition."),
    ),
    K(
        "P037",
        "error",
        "A row outlives what it stands on",
        ("On each of its days a unit needs its area, and a stream the units at its ends, or the areas that hold its " "stocks; else what flows would be nobody's (T4). Blank valid_from and valid_to mean always. Give the row a " "valid_from or valid_to within the life of what it stands on."),
    ),
    K(
        "P038",
        "error",
        "No statement carries this charge",
        ("A fixed charge is posted to the statement of its area, and only areas with units have statements yet. Charge an " "area with units."),
    ),
    K(
        "P045",
        "error",
        "A change of meters that does not fit",
        "A meter takes over at `changed_at`, a local time on its first day (valid_from), or when that day begins; the one before it ends "
        "on that day (valid_to). `first_register` and `last_register` are what a counter showed when it was put in and taken out.",
    ),
    K(
        "P050",
        "error",
        "It is open when a unit runs",
        "A unit that names a state in `running` says with which texts of it the unit runs (`running_codes`) and, if it is known, what "
        "cause the others have (`causes`). The texts are those of the state's meter.",
    ),
    K(
        "P051",
        "error",
        "Not a cause of a halt",
        ("Causes are process, mechanical, electrical, external and planned. What none of them fits stays without a cause. " "Write one of them, or leave it out."),
    ),
    K(
        "P052",
        "error",
        "It is open whose hours count",
        "A standard by the hour counts the operating hours of one unit of its area. If several units tell theirs, areas.toml says "
        "which one counts (`hours_of`).",
    ),
    K(
        "P070",
        "error",
        "A state cannot be read",
        "What a state stood at is read from meters of kind state that name it; they count in one unit and quantum, so that what one "
        "crew hands over the next takes over to the cent.",
    ),
    K(
        "P071",
        "error",
        "A state has no one worth",
        "potentials.csv says what a state is worth on each of its days: one row without value is money per unit; rows with values are "
        "points on straight lines, and the end points hold beyond them.",
    ),
    K(
        "P072",
        "error",
        "Quality terms that nobody can settle",
        "A premium or penalty belongs to a stream between the plant and the outside, and follows from what the laboratory finds there.",
    ),
    K(
        "P073",
        "error",
        "An invoice cannot be spread",
        "Only what was known beforehand is spread over days by real hours. A bill that comes later counts on its own day.",
    ),
    K(
        "P074",
        "error",
        "A charge that follows from nothing",
        "Environment and safety are charged per event of a kind, or per unit of a metered emission.",
    ),
    K(
        "P080",
        "error",
        "Lot or booking meter incomplete",
        "Bookings, and lots that a unit shares by start or time, need the longest period as length. Lots are never filled, bookings only "
        "by standard; tags with # after a lot meter's tag belong to its lots. A bill of a component is of the one that its material is "
        "priced on.",
    ),
    K(
        "P081",
        "error",
        "Whose a lot is stays open",
        "One rule a unit (Q10), and the units at the two ends of a stream of lots may not differ. Stages go with ownership = stage and "
        "their parts sum to 1.",
    ),
    K(
        "P082",
        "error",
        "Booked figure not allocated",
        "A booked stream has exactly one row of allocations.toml at a time, and its driver has what it needs (Q9).",
    ),
    K(
        "P083",
        "error",
        "Sample does not fit its tag",
        "samples.csv leads from a sample point and an analyte to a lab meter, in a unit that leads to the meter's.",
    ),
    K(
        "P084",
        "error",
        "A stream that follows no course",
        "A stream that nobody meters may follow one whose meter tells a course over time (kind rate or interval): it is `share` times "
        "that. A share without a stream, or beside a meter of its own, would leave open which figure holds (Q1).",
    ),
    K(
        "P086",
        "warning",
        "A linked price is absent",
        "A month of its window has no quotation that was published in time, so the price cannot be worked out; the last one is never taken "
        "silently. Days on which it should hold stay open (L001) until the quotation is there.",
    ),
    K(
        "P087",
        "error",
        "A linked price cannot be worked out",
        "A link is arithmetic over quotations and factors whose units lead to currency per unit of the material. Its window lies before the day "
        "from which the price holds.",
    ),
    K(
        "P088",
        "error",
        "Quotations that do not fit together",
        "A quotation has one unit and one grain (month, quarter or day), and one value for each period and day of publication.",
    ),
    K(
        "P095",
        "warning",
        "Nothing reads this format",
        "A format of readings is read by the program itself or by an installed package that offers it. Only loading such files needs it: "
        "days that are closed stay open to everybody.",
    ),
    K(
        "P100",
        "error",
        "A person in two crews at once",
        "A person's shares of the crews of one day sum to 1 at most, or hours would count twice. Somebody who moves leaves one crew "
        "(valid_to) the day before joining the next.",
    ),
    K(
        "P101",
        "error",
        "A crew or post that the area does not have",
        "A member belongs to a crew of the area's rotation, and to a post of posts.csv where there is one; both exist on the member's days.",
    ),
    K(
        "P102",
        "error",
        "Attendance that fits no duty",
        "Leave and absence take hours off a duty that the roster gives; overtime and loans belong to a member of that day and say where "
        "the hours were worked. Nobody misses more hours than the shift has.",
    ),
    K(
        "P103",
        "error",
        "More hours than the day has",
        "A person works no longer on a production day than it lasts: 24 hours, 23 or 25 at a clock change.",
    ),
    K(
        "P104",
        "error",
        "A gap in the lineage of areas",
        "An area takes over on the day after those that it succeeds end: earlier, hours and output would count twice; later, "
        "the series would have a hole. A unit that moves along is declared again under a new id, with its days.",
    ),
    K(
        "P105",
        "error",
        "An area succeeds itself",
        "Lineage leads from earlier areas to later ones and never back.",
    ),
    K(
        "P106",
        "error",
        "Reference prices that nothing can be counted by",
        "services.csv prices jobs of areas without units; an area that runs units has its value in its flows. A price is not negative.",
    ),
    K(
        "P107",
        "error",
        "Off-spec of nothing that was made there",
        "offspec_of names another material, one that met its grade, and the area that gives the off-spec material makes or handles that one: "
        "else its off-spec and rework would stand beside a product that the area has nothing to do with.",
    ),
    K(
        "P108",
        "error",
        "A grade that nobody can judge",
        "grades.csv says by which assay a product turns out to be its off-spec material: the material has an offspec_of, the row a limit, and a "
        "laboratory looks at a metered stream of the product. One row a day decides, and no premium counts the same assay once more.",
    ),
    K(
        "P109",
        "error",
        "A state that cannot grow by that",
        "A state grows by the hours that a unit of its area runs (UNIT.hours), or by what a metered stream at the area carries (stream.ID), in that "
        "one's unit, from an opening, a reading or a reset on.",
    ),
)

BY_CODE: Mapping[str, Kind] = MappingProxyType({kind.code: kind for kind in CODES})


def finding(code: str, message: str, at: Location | None, remedy: str = "") -> Issue:
    """An issue of the catalogue with its usual severity; an unknown code is a programmer mistake (KeyError)."""
    return Issue(code, BY_CODE[code].severity, message, at, remedy)


def closest(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant, as the beginning of a remedy; "" if none is near.

    >>> closest("evap-2", ["evaporator-2", "mill"])
    'Closest: evaporator-2. '
    """
    known = {candidate.lower(): candidate for candidate in sorted(names, reverse=True)}
    near = difflib.get_close_matches(name.lower()[:80], sorted(known), n=1, cutoff=0.5)
    return f"Closest: {known[near[0]]}. " if near else ""
