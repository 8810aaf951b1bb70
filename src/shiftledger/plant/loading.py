"""How readings come in: the rows of sources.toml and samples.csv. Used at loading only; never an input of a close."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from shiftledger.core.issue import Location

# The columns of a table of events (`layout = "events"`).
EVENT_COLUMNS = (
    *("start", "end", "duration", "unit", "area", "kind", "cause", "reason", "evidence", "id", "revision", "recorded_at", "who"),
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """sources.toml: how files that match `match` are read, or who is listened to. Used at load only; never an input of a close."""

    id: str
    match: str = ""
    format: str = "csv"  # csv | parquet | excel | sql | mqtt | opcua | http
    layout: str = "long"  # long | wide | lots | lab | events
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""  # "" | , | . | ' | space
    check_decimals: bool = True
    sheet: str = ""  # blank: the only one with content
    header_row: int = 0  # 0: line 1, in Excel the first row with content
    header_rows: int = 1
    hidden: str = "read"  # read | skip
    merged: str = "first"  # first | all
    zone: str = ""  # blank: the plant's
    time: str = "time"  # column of the stamp
    clock: str = ""  # column of the time of day, where `time` holds the date
    time_format: str = "iso"  # "iso", a strptime format, or a count
    stamps: str = "instant"  # instant | start | end of `interval`
    interval: int = 0
    at_stamp: tuple[str, ...] = ()  # tags that tell the moment of the stamp itself, whatever `stamps` says
    midnight: str = "new"  # new | old: the date that a 00:00 stamp carries
    order: str = "any"  # any | position
    row_number: str = ""  # column; blank: rows under one stamp are counted
    first_number: int = 0
    day: str = ""  # columns of a table by shift
    slot: str = ""
    area: str = ""  # whose slots the table means; blank: all areas that have the slot have it at the same time
    tag: str = "tag"  # long layout: columns
    value: str = "value"
    quality: str = ""
    revision: str = ""
    columns: tuple[
        tuple[str, str], ...
    ] = ()  # wide layout: column -> tag; events: column -> what it holds; live: name there -> tag
    meanings: tuple[tuple[str, str], ...] = ()  # events: text of a cell -> unit, area, kind or cause; mqtt: quality
    meter: str = ""  # lots: the tag of every row, where no column says it
    lot: str = ""  # lots: columns of the id, the start or the duration, the pieces and the stage
    start: str = ""  # lab too: a composite sample's
    whole_days: bool = False  # lots: start and time are production days, both included
    duration: str = ""
    duration_unit: str = "min"  # s | min | h
    pieces: str = ""
    stage: str = ""
    same_lot: int = 31 * 24 * 3600 * 1_000_000  # ids further apart are other lots
    point: str = "point"  # lab: columns
    analyte: str = "analyte"
    result_time: str = ""
    url: str = field(default="", repr=False)  # sql: SQLAlchemy address, ${NAME} for environment variables
    query: str = ""
    table: str = ""
    topics: tuple[str, ...] = ()  # mqtt
    payload: str = "json"  # mqtt: json | sparkplug
    security: str = "none"  # opcua: none | sign | encrypt
    certificate: str = ""  # opcua: files of this program's certificate and its key, and of the server's certificate
    private_key: str = ""
    server_certificate: str = ""
    publish: int = 1_000_000  # opcua: time from one report of changes to the next
    backfill: int = 0  # opcua: history read after a lost connection
    listen: str = "127.0.0.1:8470"  # http: where to listen
    token: str = field(default="", repr=False)  # http: ${NAME}, the environment variable with what a sender must show
    at: Location = field(default=Location(""), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """samples.csv: the tag of what a laboratory finds at a sample point. Used at load only."""

    point: str
    analyte: str
    tag: str
    period: int = 0  # us over which a composite is drawn; 0: the file says, or it is a moment
    unit: str = ""  # of the laboratory's result; blank: the meter's
    valid_from: date | None = None
    valid_to: date | None = None
    at: Location = field(default=Location(""), compare=False, repr=False)
