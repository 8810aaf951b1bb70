"""Issue codes of the ledger stage and of its books."""

from shiftledger.core.issue import Kind

L001 = Kind(
    "L001",
    "error",
    "no planned price",
    ("Every posted material has one planned price in the plant's price set on every production day. Without it the " "flow cannot be posted and the day stays open. Add a row to the price set and close the day again."),
)
L002 = Kind(
    "L002",
    "error",
    "no price for a tariff band",
    ("The material's planned price is posted, but a band that occurred has no price of its own, so the difference at " "site:price is unknown. Add a row with the band to the price set."),
)
L003 = Kind(
    "L003",
    "error",
    "not approved",
    ("plant.toml asks for approved prices or definitions. An approval is an act bound to content, row by row; for the " "days of a row it lapses when that row changes. What is sealed keeps the version under which it was sealed. Have " "the set approved: shiftledger act PLANT approve."),
)
L004 = Kind(
    "L004",
    "warning",
    "a flow is absent",
    ("No reading covers the stream in this shift, so nothing is posted for it: absent is not zero. The statement says " "so. Load the readings; until the lab cutoff they count for this shift."),
)
L005 = Kind(
    "L005",
    "note",
    "Allowed equals Standard",
    ("A condition of the standard was not measured in this shift, so no allowance can be made for it. Load a reading " "of it; a result within the lab cutoff restates Allowed."),
)
L006 = Kind(
    "L006",
    "warning",
    "a stock has no boundary value",
    ("Neither an observation nor an opening value is known near the boundary: the stock's change and residual are " "absent, flows still post. Load or enter the dip of the boundary."),
)
L007 = Kind(
    "L007",
    "error",
    "a figure is too large for the books",
    "Posted quantities and amounts are 64-bit whole numbers. A figure beyond that is a wrong reading, unit or price; the day stays open "
    "until it is corrected or confirmed as suspect.",
)
L010 = Kind(
    "L010",
    "error",
    "the day has no readings",
    ("Nothing is known of any meter in this production day, so there is nothing to close. Load its readings, or leave " "the day out."),
)
L011 = Kind(
    "L011",
    "error",
    "another close finished first",
    "Two closes ran at once. The first one sealed; this one wrote nothing that counts. Run it again.",
)
L012 = Kind(
    "L012", "error", "the month cannot be settled", ("A month settles when all its days are sealed and nothing newer waits. Close the days that the message names " "first.")
)
L013 = Kind("L013", "error", "there is no such sealed shift", "A statement is read from sealed books. Close the day first.")
L014 = Kind(
    "L014",
    "error",
    "unknown address",
    ("An address names a figure of a sealed day, such as ledger/2026-03-04.N/evaporation/steam. The message names the " "closest; shiftledger statement shows what there is."),
)
L015 = Kind(
    "L015",
    "error",
    "the results of a sealed day are missing",
    "Results are derived; the seal is not. `shiftledger close` over the day writes them again from readings, acts and the sealed text.",
)
L016 = Kind(
    "L016",
    "error",
    "a month cannot be reopened",
    "Only a settled month can be reopened, and the newest one first: what came too late for a month is booked in later ones.",
)
L017 = Kind(
    "L017",
    "error",
    "a roll-up cannot be made",
    "Statements are added by plant, area, crew, group, shift, day or month, or several of them; plants only where they count in the same money.",
)
L018 = Kind(
    "L018",
    "error",
    "the day's month is settled without it",
    "A settled month keeps its figures. A day of it that had no seal then, such as one before the books began, would add to them.",
)
L019 = Kind(
    "L019",
    "warning",
    "no market price",
    "The flow is posted at its planned price, but the market's price set has no price of the material on that day: the difference is absent, "
    "not zero. Once the price is there, the next close posts it.",
)
L023 = Kind(
    "L023",
    "error",
    "prices that cannot be tried",
    "A draft is tried by name, in memory: shiftledger close PLANT --prices draft --dry-run. The books are closed at the set that plant.toml "
    "names, and at no other.",
)
V001 = Kind(
    "V001",
    "error",
    "a seal was changed",
    ("The chain of seals is broken: a seal's row no longer hashes to what the next link holds. Restore the store from " "a copy of before."),
)
V002 = Kind(
    "V002",
    "error",
    "a day does not recompute",
    ("Recomputing the day from its readings, acts and sealed text gives another content hash. Look which of readings, " "acts or program differ; the message says where."),
)
V003 = Kind(
    "V003",
    "error",
    "a governing row differs from the sealed one",
    ("Today's plant text says something else than the text the day was closed with. Nothing is wrong with the seal: " "close the day again if today's text shall hold for it."),
)
V004 = Kind(
    "V004",
    "error",
    "a stored plant text was changed",
    ("The text of the plant that a seal names no longer has the hash that names it. Restore the store from a copy of " "before."),
)
V005 = Kind(
    "V005",
    "error",
    "stored results differ from their seal",
    "Someone changed a derived file after the close. Restore it by closing the day again.",
)
V006 = Kind(
    "V006",
    "error",
    "the program's rules are others",
    "The day was sealed under another rule version; differences are reported, never rewritten.",
)
V007 = Kind(
    "V007",
    "error",
    "sealed without approval",
    "The text with which the day was sealed asks for approved prices or definitions, and at the seal's watermark no approval of them stood.",
)
CODES: tuple[Kind, ...] = (
    L001, L002, L003, L004, L005, L006, L007, L010, L011, L012, L013, L014, L015, L016, L017, L018, L019, L023, V001, V002, V003, V004, V005,
    V006, V007,
)  # fmt: skip
