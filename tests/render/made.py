"""Statements made by hand: shift 2026-03-31.E of the worked example W, as if it had been read from sealed books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shiftledger.acts.exclusions import Exclusion
from shiftledger.core.issue import Issue, failing
from shiftledger.engine.services import ServiceStatement
from shiftledger.indicators.figures import Figure
from shiftledger.ledger.assumed import Assumption
from shiftledger.ledger.book import Seal
from shiftledger.ledger.knowledge import Knowledge
from shiftledger.ledger.statement import ConditionLine, Line, Statement, Step, StockLine
from shiftledger.plant.terms import Potential
from shiftledger.render.messages import Names

START = 1_774_958_400_000_000  # 2026-03-31T14:00:00+02:00
HOUR = 3_600_000_000
MILLI = Decimal("0.001")

NAMES = Names(
    "Europe/Berlin",
    "two-tanks",
    {
        ("plant", "two-tanks"): ("双罐示例厂", "Two tanks"),
        ("area", "mill"): ("磨矿", "Mill"),
        ("area", "filter"): ("过滤", "Filter"),
        ("material", "ore"): ("矿石", "Ore"),
        ("material", "slurry"): ("料浆", "Slurry"),
        ("material", "product"): ("产品", "Product"),
        ("material", "steam"): ("蒸汽", "Steam"),
        ("stock", "T"): ("料浆罐", "Slurry tank"),
        ("stream", "steam"): ("蒸汽", "Steam to the filter"),
        ("indicator", "specific-steam"): ("汽耗", "Steam per product"),
        ("slot", "mill/E"): ("中班", "middle"),
        ("slot", "filter/E"): ("中班", "middle"),
    },
)

SEAL = Seal(
    date(2026, 3, 31),
    "c",
    "r" * 64,
    "i" * 64,
    "t" * 64,
    Knowledge(1),
    {},
    "1",
    "0.1.0",
    "tester",
    0,
    3,
    "0" * 64,
    "9f2c4b7d1e0a" + "0" * 52,
)


@dataclass(frozen=True, slots=True)
class Shown:
    statements: tuple[Statement, ...]
    site: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    seal: Seal | None = SEAL
    settled: bool = False
    decisions: Mapping[str, int] = field(default_factory=dict)
    assumptions: Mapping[str, Sequence[Assumption]] = field(default_factory=dict)
    services: tuple[ServiceStatement, ...] = ()
    potentials: Mapping[str, Sequence[Potential]] = field(default_factory=dict)
    left_out: Sequence[Exclusion] = ()
    money_decimals: int = 2
    currency: str = "EUR"
    names: Names = NAMES
    issues: tuple[Issue, ...] = ()
    lang: str = "zh"

    @property
    def ok(self) -> bool:
        return not failing(self.issues)


def line(what: str, other: str, sign: int, qty: int, price: str, amount: int, kind: str = "flow", **more: object) -> Line:
    return Line(what, other, sign, qty, MILLI, "t", Decimal(price), amount, kind, **{"status": "measured", **more})  # type: ignore[arg-type]


TANK = StockLine("T", "site", "t", MILLI, 50000, 57000, (), (), 1000, 4.1)

MILL = Statement(
    day="2026-03-31", shift="2026-03-31.E", area="mill", crews=("mill/A",), synthetic=False, month="2026-03",
    start=START, end=START + 8 * HOUR, provisional_until=START + 80 * HOUR, value=764000, sigma=35.07,
    lines=(line("slurry", "stock:T", 1, 98000, "180", 1764000), line("ore", "outside", -1, 100000, "100", -1000000)),
    plan=730620, standard=753690, allowed=753690,
    steps=(Step("volume", "", 23070), Step("conditions", "", 0), Step("yield", "ore", 10310)),
    reasons=(), conditions=(), stocks=(TANK,), figures=(), absent=(), partial=(), marks=(),
)  # fmt: skip

FILTER = Statement(
    day="2026-03-31", shift="2026-03-31.E", area="filter", crews=("filter/A",), synthetic=False, month="2026-03",
    start=START, end=START + 8 * HOUR, provisional_until=START + 80 * HOUR, value=305000, sigma=48.3,
    lines=(
        line("product", "outside", 1, 89000, "250", 2225000),
        line("slurry", "stock:T", -1, 90000, "180", -1620000),
        line("steam", "outside", -1, 20000, "150", -300000),
    ),
    plan=294620, standard=304910, allowed=291560,
    steps=(
        Step("volume", "", 10290), Step("conditions", "", -13350), Step("yield", "slurry", 6390), Step("usage", "steam", 7050),
    ),
    reasons=(), conditions=(ConditionLine("moisture", 10000, MILLI, "%", Decimal(8)),), stocks=(TANK,),
    figures=(Figure("specific-steam", 225, MILLI, "t/t"),), absent=(), partial=(), marks=(),
)  # fmt: skip

WHOLE = Shown((FILTER, MILL), {"site:unreconciled:T": -18000})

# Everything that is not ordinary at once: two crews, a made-up roster, a charge, tariff bands, an estimate, a derived flow that ran
# backwards, a late result, an absent stream, a stock without a count, no plan.
ODD = Statement(
    day="2026-03-28", shift="2026-03-28.N", area="filter", crews=("filter/A", "", "filter/C"), synthetic=True, month="2026-03",
    start=1_774_731_600_000_000, end=1_774_731_600_000_000 + 7 * HOUR, provisional_until=1_774_731_600_000_000 + 79 * HOUR,
    value=-1488587, sigma=0.0,
    lines=(
        line("product", "outside", 1, -1500, "250.125", -37519, kind="stock", status="estimated", marks=("derived", "partial")),
        Line("power@peak", "site:price", -1, 1000, Decimal(1), "kWh", Decimal("0.0525"), -5250, "price", "measured", ()),
        Line("wages", "site:fixed", -1, 1, Decimal(1), "", Decimal("14466"), -1446600, "fixed", "allocated", ()),
        line("slurry", "stock:T", -1, -200, "180", 3600, kind="trueup"),
        line("steam", "outside", -1, 99, "150", -1486, status="estimated", marks=("fill:mean-of-shift",)),
        line("slurry:residual", "site:unreconciled:T", -1, 74, "180", -1332, kind="trueup"),
    ),
    plan=None, standard=-1487982, allowed=-1487982,
    steps=(),
    reasons=("no budget", "flow absent"),
    conditions=(ConditionLine("moisture", None, MILLI, "%", Decimal(8), ("absent", "stale")),),
    stocks=(StockLine("T", "filter", "t", MILLI, None, 57000, ("absent",), ("carried", "not-rolled"), None, None),),
    figures=(Figure("specific-steam", None, MILLI, "t/t"),), absent=("steam", "wash-water"), partial=(), marks=("derived", "uncertain"),
)  # fmt: skip
SETTLED = Shown((ODD,), {"site:fixed": 1446600, "site:prior-period": -3600, "site:price": 5250, "site:rounding": 0}, settled=True)
