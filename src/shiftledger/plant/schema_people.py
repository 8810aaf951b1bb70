"""The fields of roster.csv, services.csv, posts.csv, members.csv and attendance.csv. A part of THE table in `plant/schema.py`."""

from __future__ import annotations

from decimal import Decimal

from shiftledger.plant.fields import Field, dated, named
from shiftledger.plant.people import ATTENDANCE

F = Field
REASONS = ("substitute", "swap", "split", "holiday", "overtime")
PEOPLE_FIELDS: tuple[Field, ...] = (
    F("roster", "day", type="date", required=True, doc="Production day."),
    F("roster", "slot", required=True, refers_to="slot", doc="Slot."),
    F("roster", "area", required=True, refers_to="area", doc="Area."),
    F("roster", "crew", refers_to="crew", doc="Crew letter; blank: nobody."),
    F("roster", "start", type="time", default=None, doc="Local time; blank: the whole shift."),
    F("roster", "end", type="time", default=None, doc="Local time; blank: the whole shift."),
    F("roster", "kind", type="choice", default="substitute", choices=REASONS, doc="Why."),
    F("roster", "note", display=True, doc="Remark."),
    F("service", "area", required=True, refers_to="area", doc="Service area; it has no units."),
    F("service", "job", required=True, doc="The job, such as titration."),
    F("service", "price", type="number", required=True, doc="Money per unit of the job that a contractor would ask."),
    F("service", "unit", doc="What is counted, such as sample or h; blank: jobs."),
    *dated("service"),
    F("service", "source", display=True, doc="Price list or offer."),
    F("post", "area", required=True, refers_to="area", doc="Area."),
    F("post", "post", required=True, doc="The post, such as pump-hand."),
    *named("post"),
    *dated("post"),
    F("member", "person", type="id", required=True, doc='Number or role, such as B3 for "crew B, post 3"; never a name.'),
    F("member", "area", required=True, refers_to="area", doc="Area."),
    F("member", "crew", required=True, refers_to="crew", doc="Crew letter."),
    F("member", "post", doc="Post; one of posts.csv, if there is such a file."),
    F(
        "member",
        "share",
        type="number",
        default=Decimal(1),
        doc="Part of the crew's hours that the person works; 1 is full time.",
    ),
    *dated("member"),
    F("attendance", "day", type="date", required=True, doc="Production day."),
    F("attendance", "slot", required=True, refers_to="slot", doc="Slot."),
    F("attendance", "area", required=True, refers_to="area", doc="Area in which the hours are worked or missed."),
    F("attendance", "person", required=True, doc="One of members.csv."),
    F(
        "attendance",
        "kind",
        type="choice",
        required=True,
        choices=ATTENDANCE,
        doc="leave and absent take hours off, overtime adds them, loan moves them from the person's own crew to this shift.",
    ),
    F("attendance", "hours", type="number", default=None, doc="Hours; blank: the whole shift."),
    F("attendance", "note", display=True, doc="Remark."),
)
