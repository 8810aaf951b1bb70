"""All wording, in one visible table: key -> (Chinese, English); and the display names of a plant's things.

A family (`kind.`, `mark.`, ...) has one entry for every value that the library gives; values that it does not know show as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from shiftledger.render.messages_acts import ACTS
from shiftledger.render.messages_ahead import AHEAD
from shiftledger.render.messages_bills import BILLS
from shiftledger.render.messages_book import BOOK
from shiftledger.render.messages_decisions import DECISION_WORDS
from shiftledger.render.messages_desk import DESK
from shiftledger.render.messages_formulas import FORMULAS
from shiftledger.render.messages_labour import LABOUR
from shiftledger.render.messages_new import NEW
from shiftledger.render.messages_order import ORDER
from shiftledger.render.messages_prices import PRICES
from shiftledger.render.messages_sheets import SHEETS

if TYPE_CHECKING:
    from shiftledger.plant.model import Plant

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")

TABLE: Mapping[str, tuple[str, str]] = {
    # head of a statement
    "crew": ("{letter} 班", "crew {letter}"),
    "nobody": ("排班表上无人", "nobody on the roster"),
    "synthetic": ("排班为虚拟，不可用于评比", "synthetic roster: not for ranking"),
    "value": ("价值 V", "Value V"),
    "interval": ("90 % 区间 {low} 至 {high}", "90 % interval {low} to {high}"),
    "interval.unknown": ("90 % 区间未知：没有声明仪表误差", "90 % interval not known: no meter error is declared"),
    "interval.idle": ("本班没有流量", "nothing flowed in this shift"),
    "provisional": (
        "暂定至 {until}：此前到达的化验和更正计入本班",
        "Provisional until {until}: results until then count for this shift",
    ),
    "settled": ("已结算：月份 {month} 已关账，不再改动", "Settled: month {month} is closed and does not change"),
    "seal": ("封存 第 {number} 号 · {hash}", "Seal {number} · {hash}"),
    "seal.none": ("未封存", "Not sealed"),
    "why": (
        "查问来历：shiftledger explain PLANT ledger/{shift}/{area}",
        "Ask why: shiftledger explain PLANT ledger/{shift}/{area}",
    ),
    # items
    "gave": ("交出", "Gave"),
    "took": ("取用", "Took"),
    "to": ("{what} → {other}", "{what} → {other}"),
    "from": ("{what} ← {other}", "{what} ← {other}"),
    "outside": ("厂外", "outside"),
    "quantity": ("数量", "quantity"),
    "price": ("单价", "price"),
    "amount": ("金额 {currency}", "{currency}"),
    "total": ("合计", "Total"),
    "nothing": ("本班没有记账", "Nothing was posted in this shift"),
    "mended": ("金额为多笔之和，各笔分别四舍五入", "the amount adds several rows, each rounded by itself"),
    "band": ("{what}（{band}）", "{what} ({band})"),
    "market": ("市场价差", "market"),
    "band-of-none": ("时段不明", "band not known"),
    "state.closing": ("{what} · 交班", "{what} · handed over"),
    "state.opening": ("{what} · 接班", "{what} · taken over"),
    "time.no-fault": ("（无责停机）", "(nobody's doing)"),
    "waits": ("{what}（{component} 待化验）", "{what} (waits for {component})"),
    # columns and bridge
    "columns": ("四栏对照", "Columns"),
    "column.plan": ("计划", "Plan"),
    "column.standard": ("标准", "Standard"),
    "column.allowed": ("允许", "Allowed"),
    "column.actual": ("实际", "Actual"),
    "bridge": ("从{start}到实际", "From {start} to Actual"),
    "step": ("{step} {item}", "{step} {item}"),
    "against-plan": ("实际比计划 {difference} {currency}", "Actual is {difference} {currency} against Plan"),
    "within": ("，在测量误差之内，不能认定有差别", ", within measuring error: not distinguishable"),
    "beyond": ("，超出测量误差 ±{half}", ", beyond measuring error ±{half}"),
    "axis": ("横轴不从零开始", "the axis does not begin at zero"),
    # stocks, conditions, figures, absence
    "stocks": ("存货交接", "Handover of stocks"),
    "opening": ("接班", "taken over"),
    "closing": ("交班", "handed over"),
    "holder.site": ("归全厂", "held by the site"),
    "holder.area": ("归{area}", "held by {area}"),
    "mass": ("质量", "mass"),
    "residual.more": ("账面比实盘多 {qty}", "the book says {qty} more than was found"),
    "residual.less": ("账面比实盘少 {qty}", "the book says {qty} less than was found"),
    "residual.none": ("账面与实盘相符", "book and count agree"),
    "residual.absent": ("账实差未知：流量或盘点缺失", "residual not known: a flow or a count is absent"),
    "z": ("，z = {z}", ", z {z}"),
    "z.within": ("，z = {z}，在测量误差之内", ", z {z}: within measuring error"),
    "opening-note": ("接班值：{words}", "taken over: {words}"),
    "closing-note": ("交班值：{words}", "handed over: {words}"),
    "conditions": ("条件", "Conditions"),
    "found": ("实测", "found"),
    "reference": ("参照", "reference"),
    "difference": ("差", "difference"),
    "not-measured": ("本班没有测得：允许等于标准", "not measured in this shift: Allowed equals Standard"),
    "hours": ("运转与停机", "Hours and halts"),
    "hours.time": ("时:分", "h:min"),
    "hours.count": ("次数", "times"),
    "hours.ran": ("{unit} 运转（次数为启动）", "{unit} ran (times: starts)"),
    "hours.halt": ("停机：{cause}", "halted: {cause}"),
    "hours.own": ("停机：{cause}（本班原因）", "halted: {cause} (the crew's own)"),
    "hours.unknown": ("不明（既不算运转也不算停机）", "not known (neither running nor a halt)"),
    "cause.process": ("工艺", "process"),
    "cause.mechanical": ("机械", "mechanical"),
    "cause.electrical": ("电气", "electrical"),
    "cause.external": ("外部", "external"),
    "cause.planned": ("计划", "planned"),
    "cause.unclassed": ("未说明原因，不记任何人", "nobody said why; charged to nobody"),
    "figures": ("指标", "Figures"),
    "incomplete": ("不完整，不作比较：缺 {what}", "incomplete, compared with nothing: without {what}"),
    "late": (
        "迟到而不计入本班：{amount} {currency}，计入 {month} 的以前期间",
        "too late for this shift: {amount} {currency}, in prior period of {month}",
    ),
    "absent": ("缺少读数（未记账，不等于零）", "Absent (nothing is posted; absent is not zero)"),
    "marks": ("注意", "Note"),
    # the site
    "areas": ("各区域", "Areas"),
    "against.plan": ("比计划", "vs Plan"),
    "against.standard": ("比标准", "vs Standard"),
    "area.within": ("与计划之差在测量误差之内，不能认定", "difference from Plan within measuring error: not distinguishable"),
    "areas.total": ("区域合计", "Areas together"),
    "site": ("全厂账户", "Site accounts"),
    "site.none": ("本班没有全厂账户发生额", "no site account moved in this shift"),
    "site.total": ("全厂账户合计", "Site accounts together"),
    "all.with-states": ("本班全厂，含状态的价值变化", "The whole plant, its states included"),
    "all.accountant": ("本班全厂，按会计口径", "The same as the accountant books it"),
    "all.total": ("本班全厂", "The whole plant, this shift"),
    "account.price": ("价差", "Price difference"),
    "account.fixed": ("固定费用", "Fixed charges"),
    "account.rounding": ("尾差", "Rounding"),
    "account.revaluation": ("存货调价", "Revaluation of stocks"),
    "account.prior-period": ("以前期间", "Prior period"),
    "account.unreconciled": ("账实差 {node}", "Unreconciled {node}"),
    "account.no-fault": ("无责事项", "Nobody's doing"),
    "account.metering": ("计量修正", "Metering"),
    "account.inherited": ("承接修正", "Inherited"),
    "account.shadow": ("状态势差", "Shadow"),
    "about.price": (
        "市场价或分时电价与计划价之差，不由班组承担。",
        "Market and time-of-use prices less planned prices: not in the crews' hands.",
    ),
    "about.fixed": ("按预算分摊给区域的固定费用的对方科目。", "The other side of fixed charges that areas bear at budget."),
    "about.rounding": ("整数化留下的尾差。", "What is left where quantities and cents are whole numbers."),
    "about.revaluation": (
        "计划价变动时存货重新计价，与班组无关。",
        "Stocks take a new planned price; no crew sees the difference.",
    ),
    "about.prior-period": (
        "化验截止或结算之后才到的结果，记在开放月份，不改动本班。",
        "Results after the cutoff or the settlement, in the open month; the shift itself stays.",
    ),
    "about.unreconciled": (
        "账面与实盘之差，查清之前挂在全厂，不摊给任何班组。",
        "What book and count do not explain; it stays with the site and is charged to no crew.",
    ),
    "about.no-fault": ("不由任何班组负责的事项。", "Events that are nobody's doing."),
    "about.metering": ("平差值与测量值之差，仅供备查。", "Reconciled less measured, a memo."),
    "about.inherited": ("平差改动的接班值，不记给任何班组。", "What reconciling moved an opening by, charged to neither crew."),
    "about.shadow": ("状态价值变化的对方科目，会计账上没有。", "What areas are credited for states; no accountant books it."),
    # families: what the library can say
    "kind.flow": ("流量", "flow"),
    "kind.stock": ("由存货推算", "from a stock's change"),
    "kind.state": ("状态势差", "potential of a state"),
    "kind.charge": ("环保与安全", "environment and safety"),
    "kind.quality": ("质量加扣款", "premium or penalty by assay"),
    "kind.fixed": ("固定费用（按预算）", "fixed charge, at budget"),
    "kind.transfer": ("转移", "transfer"),
    "kind.price": ("价差", "price difference"),
    "kind.revaluation": ("调价", "revaluation"),
    "kind.residual": ("不平衡量", "residual"),
    "kind.inherited": ("承接修正", "inherited"),
    "kind.metering": ("计量修正", "metering"),
    "kind.rounding": ("尾差", "rounding"),
    "kind.change": ("库存变化", "change of stock"),
    "kind.cents": ("尾差（分）", "rounding of cents"),
    "kind.trueup": ("迟到结果的更正", "late result, trued up"),
    "kind.saving": ("核实节约，不是现金", "verified saving, not cash"),
    "kind.reversal": ("冲销", "reversal"),
    "kind.prior": ("以前期间", "prior period"),
    "status.measured": ("实测", "measured"),
    "status.reconciled": ("平差", "reconciled"),
    "status.estimated": ("估计", "estimated"),
    "status.allocated": ("分摊", "allocated"),
    "status.provisional": ("暂定", "provisional"),
    "mark.absent": ("缺失", "absent"),
    "mark.allocated": ("由较长期间的数字分摊", "a share of a figure known for a longer period"),
    "mark.ambiguous": ("多块仪表，无法确定", "several meters could stand for it"),
    "mark.band-unknown": ("部分时间电价时段不明", "the tariff band of a part is not known"),
    "mark.below-detection": ("含低于检出限的化验值，取限值的一半", "holds results below detection, taken as half of the limit"),
    "mark.by-events": ("无运转信号：按事件记录推算", "no running state: the shift less the recorded halts"),
    "mark.carried": ("盘点离交接较远，沿用", "the count lies far from the handover and is carried"),
    "mark.derived": ("由存货变化推算", "derived from the stock's change"),
    "mark.driver-idle": ("分摊依据在整个期间为零，按工时分摊", "what the shares would follow counted nothing, so hours share"),
    "mark.driver-partial": ("分摊依据只有部分时间已知", "what the shares follow is known in part only"),
    "mark.fill:last-good": ("缺口按最后良好值估计", "gap estimated by the last good reading"),
    "mark.fill:mean-of-shift": ("缺口按本班平均估计", "gap estimated by the shift's mean"),
    "mark.fill:standard": ("缺口按标准估计", "gap estimated by the standard"),
    "mark.interpolated": ("两次盘点之间插值", "interpolated between two counts"),
    "mark.lot-unusable": ("有批次无法使用", "some lots cannot be used"),
    "mark.not-fresh": ("没有新近盘点，变化不计（不等于零）", "not freshly observed: its change is absent, not zero"),
    "mark.not-rolled": ("未能用流量推到交接时刻", "could not be rolled to the handover by its flows"),
    "mark.opening": ("期初值，来自文件", "opening value from the plant's text"),
    "mark.overlap": ("区间读数重叠", "readings overlap"),
    "mark.partial": ("只有部分时间有读数", "readings cover a part of the shift only"),
    "mark.rolled": ("用流量推到交接时刻", "rolled to the handover by its flows"),
    "mark.settled": ("已结算的值", "settled value"),
    "mark.stale": ("数值过期", "a value is too old"),
    "mark.time-mean": ("按时间平均（没有流量）", "mean over time, for want of a flow"),
    "mark.uncertain": ("含存疑读数", "holds uncertain readings"),
    "reason.no budget": ("计划 —：预算里没有本班的产量", "Plan —: the budget has no output for this shift"),
    "reason.flow absent": (
        "实际不完整：有流量缺读数，不做差异分析",
        "Actual is incomplete: a flow is absent, so no bridge is drawn",
    ),
    "reason.no standards": (
        "计划、标准、允许 —：本区域没有标准",
        "Plan, Standard and Allowed —: the area has no standards",
    ),
    "reason.hours absent": (
        "计划、标准、允许 —：本班运转时间不完全已知",
        "Plan, Standard and Allowed —: it is not known of the whole shift whether the unit ran",
    ),
    "reason.output absent": (
        "计划、标准、允许 —：产量没有读数",
        "Plan, Standard and Allowed —: the output has no readings",
    ),
    "reason.no planned price for a standard item": (
        "计划、标准、允许 —：标准里有物料没有计划价",
        "Plan, Standard and Allowed —: a material of the standards has no planned price",
    ),
    "op.given": ("", ""),
    "op.added": ("相加", "sum of"),
    "op.adjustment": ("单价 × 超出免扣范围的部分", "worth x what lies beyond the dead band"),
    "op.as_hours": ("化成小时", "as hours"),
    "op.amount_of": ("数量 × 单价，四舍五入到分", "quantity x price, rounded to the cent"),
    "op.asked": ("标准 × 依据（收率则除）", "standard x driver (a yield divides)"),
    "op.at_rate": ("每小时标准 × 小时", "standard by the hour x hours"),
    "op.band_share": ("按各部分的量分配整数", "whole quanta shared by the amount of each part"),
    "op.between": ("两次盘点之间插值", "a straight line between two counts"),
    "op.budget_part": ("预算按真实小时累计取整分摊", "the budget's part of this shift, by real hours, rounded cumulatively"),
    "op.combined_of": ("按符号相加", "signed sum"),
    "op.counted": ("累计表末值减初值", "register at the end less register at the start"),
    "op.difference": ("前者减后者", "the first less the second"),
    "op.event_charge": ("每次事件的金额", "money per event"),
    "op.filled": ("缺口按声明的规则估计", "gaps estimated by the declared rule"),
    "op.formula_quanta": ("公式，四舍五入到最小单位", "formula, rounded to its quantum"),
    "op.job_quanta": ("作业数量", "how much was done"),
    "op.hour_quanta": ("化成小时，四舍五入到最小单位", "as hours, rounded to the quantum"),
    "op.in_band": ("在该电价时段内的量", "what fell into the tariff band"),
    "op.linked_of": ("按公式由行情得出，只四舍五入一次", "by formula from quotations, rounded once"),
    "op.lotted": ("逐批取整后相加", "lot by lot, each rounded once"),
    "op.mean_assay": ("按流量（没有流量时按时间）加权平均", "mean, weighted by the flow, or by time for want of one"),
    "op.mean_quanta": ("样品加权平均，四舍五入到最小单位", "mean of the samples, rounded to the quantum"),
    "op.metered": ("读数对时间积分，在班界处截断", "readings integrated over time, cut at the boundary"),
    "op.mixed_quanta": ("实际总量按计划比例分配", "the actual total, shared as planned"),
    "op.negative": ("取用记负号", "taken, so it counts against"),
    "op.number": ("次数", "as a number"),
    "op.observed": ("盘点读数，换算单位", "a count, in the material's unit"),
    "op.physical": ("化成物理量", "as a quantity"),
    "op.posted": ("四舍五入到最小单位", "rounded to the quantum"),
    "op.potential_of": ("按状态价值表取值，四舍五入到分", "read from the state's worths, rounded to the cent"),
    "op.rate_at": ("标准 + 斜率 × (条件 − 参照)", "standard + slope x (condition - reference)"),
    "op.read_at": ("该时刻的读数", "the reading of that instant"),
    "op.read_quanta": ("该时刻的读数，四舍五入到最小单位", "the reading of that instant, rounded to the quantum"),
    "op.share": ("按最大余数法分摊", "shared by largest remainder"),
    "op.standard_quanta": ("产量 × 标准（收率则除）", "output x standard (a yield divides)"),
    "op.summed": ("相加", "sum of"),
    "op.total": ("相加", "sum of"),
    "op.unit_starts": ("停机后开始运转的次数", "how often it began to run after a halt"),
    "op.unit_time": ("按状态和事件累计时间，在班界处截断", "time by state and events, cut at the boundary"),
    # explanation
    **DECISION_WORDS,
    "clause": ("条款 {clause}", "clause {clause}"),
    "as-above": ("同上", "as above"),
    "deeper": ("还有 {count} 项，用 --depth 展开", "{count} more below; see --depth"),
    "readings": ("{count} 个读数", "{count} readings"),
    "event": ("{start} 至 {end}，{recorded} 记录", "{start} to {end}, written down {recorded}"),
    "event.open": ("未结束", "not over"),
    "more-readings": ("… 另有 {count} 个", "... {count} more"),
    "quanta": ("{count} 个最小单位", "{count} quanta"),
    # short reports
    "days.sealed": ("已封存", "sealed"),
    "days.unchanged": ("输入未变，封存照旧", "unchanged: the seal stands"),
    "days.restored": ("结果已按封存重写", "results written again as sealed"),
    "days.refused": ("未关账", "not closed"),
    "days.one": ("{first}（{words}）", "{first}: {words}"),
    "days.many": ("{first} 至 {last}，{count} 天（{words}）", "{first} to {last}, {count} days: {words}"),
    "days.seals": ("，第 {seals} 号", ", seal {seals}"),
    "days.none": ("没有可关账的生产日", "no production day to close"),
    "verify.holds": (
        "账簿成立：{days} 天重算与封存一致",
        "The books hold: {days} days recompute to what was sealed",
    ),
    "verify.broken": (
        "账簿不成立：重算了 {days} 天，见所列问题",
        "The books do not hold: {days} days recomputed, see the findings",
    ),
    "verify.read": ("批次 {batches}，决定 {acts}，封存 {seals}", "{batches} batches, {acts} acts, {seals} seals read"),
    "check.fine": ("没有问题", "nothing is wrong"),
    "check.count": ("错误 {errors}，警告 {warnings}，提示 {notes}", "errors: {errors}, warnings: {warnings}, notes: {notes}"),
    "act.recorded": ("已记录第 {seq} 号决定：{kind}（{who}）", "act {seq} recorded: {kind}, by {who}"),
    "act.approved": ("：{what}，{rows} 行，内容 {hash}", ": {what}, rows: {rows}, content {hash}"),
    "act.refused": ("没有记录", "nothing was recorded"),
    "issues": ("问题", "Findings"),
    "issues.more": ("（另有 {count} 条 {code}，用 --json 看全部）", "({count} more of {code}; --json shows all)"),
    "plant": ("工厂", "Plant"),
    **DESK,
    **BILLS,
    **PRICES,
    **ACTS,
    **FORMULAS,
    **SHEETS,
    **AHEAD,
    **LABOUR,
    **NEW,
    **BOOK,
    **ORDER,
}


def say(key: str, lang: Lang, **values: Any) -> str:
    """The wording of `key` with its values set in; KeyError for a key that the table lacks."""
    return TABLE[key][LANGS.index(lang)].format(**values)


def say_of(family: str, value: str, lang: Lang) -> str:
    """The wording of a value of a family, or the value itself."""
    found = TABLE.get(f"{family}.{value}")
    return found[LANGS.index(lang)] if found else value


def words(family: str, values: Iterable[str], lang: Lang) -> str:
    """Several values in words, in their order."""
    return ("；" if lang == "zh" else "; ").join(say_of(family, value, lang) for value in values)


@dataclass(frozen=True, slots=True)
class Names:
    """Display names (Chinese, English) by kind and id, and the plant's time zone. A thing without a name shows its id.

    Kinds: plant, area, material, stream, stock, state, unit, indicator; slot by "<area>/<slot>".
    """

    zone: str = "UTC"
    plant: str = ""
    of: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def name(self, kind: str, key: str, lang: Lang) -> str:
        found = self.of.get((kind, key))
        return (found[LANGS.index(lang)] if found else "") or key.rpartition("/")[2]

    def slot(self, area: str, shift: str, lang: Lang) -> str:
        """The name of a shift's slot as its area calls it; "" if it has none."""
        found = self.of.get(("slot", f"{area}/{shift.partition('.')[2]}"))
        return found[LANGS.index(lang)] if found else ""

    def node(self, account: str, lang: Lang) -> str:
        """A ledger account, stock or unit as people call it."""
        kind, _, key = account.partition(":")
        if kind == "outside":
            return key or say("outside", lang)
        if kind in ("area", "stock", "state"):
            return self.name(kind, key, lang)
        if kind == "site":
            family, _, node = key.partition(":")
            label = f"account.{family}"
            return say(label, lang, node=self.thing(node, lang)) if label in TABLE else account
        return account

    def thing(self, key: str, lang: Lang) -> str:
        """A stock or a unit by id."""
        return self.name("stock" if ("stock", key) in self.of else "unit", key, lang)


def names_of(plant: Plant) -> Names:
    """The display names that a plant's text gives."""
    of: dict[tuple[str, str], tuple[str, str]] = {("plant", plant.settings.id): (plant.settings.name_zh, plant.settings.name_en)}
    tables: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("area", plant.areas),
        ("material", plant.materials),
        ("stream", plant.streams),
        ("stock", plant.stocks),
        ("unit", plant.units),
        ("indicator", plant.indicators),
        ("state", plant.states),
    )
    for kind, rows in tables:
        of |= {(kind, key): (row.name_zh, row.name_en) for key, row in rows.items()}
    for area in plant.areas.values():
        rotation = plant.rotations.get(area.rotation)
        for slot in rotation.slots if rotation else ():
            of["slot", f"{area.id}/{slot.id}"] = (slot.name_zh, slot.name_en)
    return Names(plant.settings.zone, plant.settings.id, of)
