"""The wording of the bridge and of formulas, Chinese and English: what every line, column and account is called and made of (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FORMULAS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bridge.volume": ("产量", "volume"),
        "bridge.mix": ("品种", "mix"),
        "bridge.conditions": ("条件", "conditions"),
        "bridge.yield": ("收率", "yield"),
        "bridge.usage": ("单耗", "usage"),
        "bridge.quality": ("质量", "quality"),
        "bridge.charge": ("环保与安全", "environment and safety:"),
        "bridge.time": ("工时", "time"),
        "bridge.no-fault": ("无责停机", "nobody's doing"),
        "bridge.state": ("状态变化", "change of state"),
        "bridge.handover": ("接班状态的影响", "opening state, on"),
        "bridge.price": ("价格", "price"),
        "bridge.offspec": ("不合格品", "off-spec"),
        "bridge.rework": ("返工", "rework"),
        "bridge.other": ("无标准项目", "no standard:"),
        # states that events set back
        "account.regraded": ("改判差", "Regraded"),
        "about.regraded": (
            "存货中已判不合格部分的高估额。",
            "What off-spec in stocks of the product is overvalued by, until it is taken out.",
        ),
        "kind.regrade": ("化验改判", "regraded by the laboratory"),
        "mark.grade-unknown": ("部分产品待化验定级", "the laboratory has not graded a part of it yet"),
        "mark.aged": ("按运转时间或通过量累计", "counted on by hours run or by what passed"),
        "mark.set-back": ("按事件复位", "set back by an event"),
        "op.under_verdict": ("化验判为此级期间的量", "what flowed while the laboratory's verdict was this"),
        "op.grown": ("原值加上此后的运转或通过量", "what it stood at and what it grew by since"),
        "op.set_back": ("事件结束后的状态", "what the state stands at when the event has ended"),
        # by which formula
        "formula": ("公式：{words}", "Formula: {words}"),
        "formula.value": (
            "V = 交出 × 计划价 − 取用 × 计划价 + 库存与状态的变化 + 质量、费用与转移",
            "V = given × planned price − taken × planned price + changes of stocks and states + quality, charges and transfers",
        ),
        "formula.actual": (
            "实际 = 本班全部记账：交出为正，取用为负",
            "actual = all that was posted for the shift: given is plus, taken is minus",
        ),
        "formula.plan": (
            "计划 =（预算产量 − 其标准用量）× 计划价 − 固定费用",
            "plan = (budgeted output − what the standards ask for it) × planned price − fixed charges",
        ),
        "formula.standard": (
            "标准 =（实际产量 − 其参照条件下的标准用量）× 计划价 − 固定费用",
            "standard = (actual output − what the standards ask for it at reference conditions) × planned price − fixed charges",
        ),
        "formula.allowed": (
            "允许 =（实际产量 − 其本班条件下的标准用量）× 计划价 − 固定费用",
            "allowed = (actual output − what the standards ask for it at the shift's conditions) × planned price − fixed charges",
        ),
        "formula.volume": (
            "产量差 =（实际总产量按计划品种比例 − 计划产量，及各自的标准用量）× 计划价",
            "volume = (the actual total at the planned mix − the planned output, each with its standard inputs) × planned price",
        ),
        "formula.mix": (
            "品种差 =（实际各品种 − 实际总产量按计划品种比例，及各自的标准用量）× 计划价",
            "mix = (the actual products − the actual total at the planned mix, each with its standard inputs) × planned price",
        ),
        "formula.time": (
            "工时差 =（计划工时的标准用量 − 可运行工时的标准用量）× 计划价",
            "time = (standard inputs of the planned hours − those of the hours that it could run) × planned price",
        ),
        "formula.time.no-fault": (
            "无责停机的工时差 =（可运行工时的标准用量 − 实际运行工时的标准用量）× 计划价",
            "time, nobody's doing = (standard inputs of the hours that it could run − those of the hours that it ran) × planned price",
        ),
        "formula.conditions": (
            "条件差 =（参照条件下的标准用量 − 本班条件下的标准用量）× 计划价",
            "conditions = (standard inputs at reference conditions − at the shift's conditions) × planned price",
        ),
        "formula.yield": (
            "收率差 =（允许投入 − 实际投入；产出则实际 − 允许）× 计划价",
            "yield = (allowed input − actual input; of an output actual − allowed) × planned price",
        ),
        "formula.usage": (
            "单耗差 =（允许用量 − 实际用量；交出的则实际 − 允许）× 计划价",
            "usage = (allowed use − actual use; of what is given actual − allowed) × planned price",
        ),
        "formula.other": (
            "无标准项目 = 交出或取用的数量 × 计划价，没有标准可减",
            "without a standard = what was given or taken × planned price; nothing is allowed for it",
        ),
        "formula.offspec": (
            "不合格品 =（交出的数量 − 允许）× 其自身的计划价",
            "off-spec = (the quantity given − allowed) × its own planned price",
        ),
        "formula.rework": (
            "返工 =（允许 − 取用的不合格品数量）× 其自身的计划价",
            "rework = (allowed − off-spec taken back in) × its own planned price",
        ),
        "formula.quality": (
            "质量 = 数量 × 每单位加扣款",
            "quality = quantity × premium or penalty per unit",
        ),
        "formula.charge": (
            "环保与安全 = 事件数或排放量 × 收费标准",
            "environment and safety = events or emission × the rate of the charge",
        ),
        "formula.no-fault": (
            "无责停机 = 停机小时 × 每小时补偿，由全厂承担",
            "nobody's doing = hours halted × the unit's rate per hour, borne by the site",
        ),
        "formula.state": (
            "状态变化 = 交班时的势值 − 接班时的势值",
            "change of state = its worth when handed over − its worth when taken over",
        ),
        "formula.handover": (
            "接班状态 =（接班状态下的允许用量与允许用量之差）× 计划价",
            "opening state = (allowed use at the state taken over less Allowed's) × planned price",
        ),
        "formula.price": (
            "价格差 = 数量 ×（实际价 − 计划价）",
            "price = quantity × (price asked − planned price)",
        ),
        "formula.item": ("金额 = 数量 × 计划价", "amount = quantity × planned price"),
        "formula.fixed": (
            "固定费用 = 落在本班时间内的预算份额",
            "fixed = the part of the budget that falls on the shift's hours",
        ),
        "formula.sum": ("合计 = 各区域的 V 与全厂账户之和", "sum = what the areas' V and the site's accounts add up to"),
        "formula.account": ("账户余额 = 转出 − 转入", "balance = what the account gave − what it took"),
        "formula.site.price": (
            "价差 = 数量 ×（实际价 − 计划价），由全厂承担",
            "price difference = quantity × (price asked − planned price), borne by the site",
        ),
        "formula.site.fixed": ("固定费用 = 已分摊的预算 − 账单", "fixed = charged to areas at budget − invoices"),
        "formula.site.no-fault": (
            "无责停机 = 转给各区域的补偿，符号相反",
            "nobody's doing = what the areas were credited, with the other sign",
        ),
        "formula.site.revaluation": (
            "调价 = 数量 ×（新价 − 旧价）；状态 = 新势值 − 旧势值",
            "revaluation = quantity × (new price − old price); of a state its new worth − its old one",
        ),
        "formula.site.regraded": (
            "改判差 = 存货中不合格部分的数量 ×（合格品计划价 − 不合格品计划价），取出时冲回",
            "regraded = what lies off-spec in stocks × (planned price of the grade − of the off-spec), less what was taken out",
        ),
        "formula.site.shadow": (
            "影子账户 = 状态势差，符号相反：账上没有的价值",
            "shadow = changes of states with the other sign: worth that no accountant has",
        ),
        "formula.site.unreconciled": (
            "账实差 =（期末账面 − 期末实盘）× 计划价，符号相反",
            "unreconciled = (counted − book) × planned price",
        ),
        "formula.site.rounding": ("尾差 = 四舍五入的余数", "rounding = what rounding leaves over"),
        "formula.site.prior-period": (
            "以前期间 = 迟到结果后的金额 − 已结算的金额",
            "prior period = the amount with the late result − the amount as settled",
        ),
        # what stands behind the figures of a term
        "formula.of.standard": ("{quantity} = {output} × {rate}", "{quantity} = {output} × {rate}"),
        "formula.of.standard-yield": ("{quantity} = {output} / {rate}", "{quantity} = {output} / {rate}"),
        "formula.to": ("，取 {to} 的整数倍", ", in steps of {to}"),
        "formula.of.rate": (
            "{rate} = {base} + {slope} × ({value} − {reference})",
            "{rate} = {base} + {slope} × ({value} − {reference})",
        ),
        "formula.of.quality": ("{price} = {worth} × ({value} − {edge})", "{price} = {worth} × ({value} − {edge})"),
        "formula.of.quality-capped": (
            "{price} = {worth} × ({value} − {edge})，上限 {cap}",
            "{price} = {worth} × ({value} − {edge}), at most {cap}",
        ),
        "formula.of.potential-0": ("{worth} = {value} × {worth0}", "{worth} = {value} × {worth0}"),
        "formula.of.potential-1": (
            "在 {value} 处为 {worth}（声明点 {point0}）",
            "{worth} at {value} (the point declared at {point0})",
        ),
        "formula.of.potential-2": (
            "{worth} = {worth0} + ({value} − {point0}) / ({point1} − {point0}) × ({worth1} − {worth0})",
            "{worth} = {worth0} + ({value} − {point0}) / ({point1} − {point0}) × ({worth1} − {worth0})",
        ),
    }
)
