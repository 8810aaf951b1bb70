"""Issue codes of the indicators stage."""

from shiftledger.core.issue import Kind

N001 = Kind(
    "N001",
    "error",
    "not a formula",
    "An indicator's formula is arithmetic over named quantities: + - * / ** ( ) sqrt min max recovery. Nothing else is read, let alone run.",
)
N002 = Kind(
    "N002",
    "error",
    "a formula names something that is not there",
    "Names are stream.<id>, state.<name>, component.<name>, assay.<component>.<stream>, factor.<factor>.<material>, hours, and of a unit running.<unit>, "
    'halted.<unit>, halt.<cause>.<unit>, unknown.<unit>, starts.<unit>. An id with a hyphen stands in brackets: stream["ore-in"].',
)
N003 = Kind(
    "N003",
    "warning",
    "the assays cannot support a recovery",
    "A two-product recovery needs tailings < feed < concentrate, with differences larger than their own uncertainty, from assays that "
    "are not stale. Where they are not so the indicator is absent; it is not guessed.",
)
CODES: tuple[Kind, ...] = (N001, N002, N003)
