"""The steel works of the public 15-minute data set, as far as its readings go."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from shiftledger.core.period import MINUTE
from shiftledger.plant.model import Meter, Plant, Settings, SourceFile

ENERGY = Meter("kwh", "interval", length=15 * MINUTE)
METERS = (
    ENERGY,
    Meter("lag", "interval", length=15 * MINUTE),
    Meter("lead", "interval", length=15 * MINUTE),
    Meter("band", "state", codes=(("Light_Load", Decimal(1)), ("Medium_Load", Decimal(2)), ("Maximum_Load", Decimal(3)))),
)
SOURCE = SourceFile(
    "steel",
    "*.csv.gz",
    layout="wide",
    time="date",
    time_format="%d/%m/%Y %H:%M",
    stamps="end",
    interval=15 * MINUTE,
    midnight="old",
    columns=(
        ("Usage_kWh", "kwh"),
        ("Lagging_Current_Reactive.Power_kVarh", "lag"),
        ("Leading_Current_Reactive_Power_kVarh", "lead"),
        ("Load_Type", "band"),
    ),
)


def steel_plant() -> Plant:
    return Plant(Settings("steel", "KRW", "Asia/Seoul", time(0)), meters=METERS, sources={"steel": SOURCE})
