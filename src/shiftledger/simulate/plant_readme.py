"""README.md of the simulated plant: what is in its folder, for whoever opens it first."""

from __future__ import annotations

from collections.abc import Sequence

from shiftledger.simulate.truth import Truth

FILES = (
    ("plant.toml", "全厂、币种、生产日", "the plant, its currency and production day"),
    ("areas.toml", "作业区", "areas, each run by one crew at a time"),
    ("units.toml", "设备", "units, and what each conserves"),
    ("materials.toml", "物料和单位（t、kWh、m3）", "materials and their units"),
    ("streams.toml", "物流", "streams between units, stocks and the outside"),
    ("stocks.toml", "库存", "tanks, yards and silos"),
    ("states.toml", "蒸发器洗后小时", "hours since the wash of each evaporator set"),
    ("potentials.csv", "洗后小时的价值，元", "what those hours are worth, CNY"),
    ("meters.csv", "仪表：单位、准确度、量程", "meters: unit, class (share of the reading), limits"),
    ("samples.csv", "化验点与仪表位号", "sample points and their tags"),
    ("sources.toml", "读数文件怎么读", "how the files of readings are read"),
    ("rotations.toml", "倒班", "the rotation"),
    ("posts.csv, members.csv", "岗位、成员（工号）", "posts and members, by number"),
    ("attendance.csv", "请假、加班，h", "leave and overtime, in h"),
    ("prices/planned.csv", "计划价", "planned prices, CNY per unit of the material"),
    ("standards.csv", "定额及其随条件的变化", "standards, and how they move with conditions"),
    ("budget.csv", "预算：产量每班、固定费用每天（元）", "budget: output a shift, fixed costs a day (CNY)"),
    ("charges.csv", "洗罐费，元/次", "what a wash costs, CNY each"),
    (
        "projects.csv, claims.csv",
        "改造项目与节约申报（如有；备查，不入账）",
        "projects and claimed savings, if any; for reference, not booked",
    ),
    ("readings/", "读数", "readings: historian, dips, lots, laboratory, log"),
)


def readme(truth: Truth, letters: Sequence[str]) -> str:
    """Both languages, the plant's own size and crews."""
    rows = "\n".join(f"| `{name}` | {zh} | {en} |" for name, zh, en in FILES)
    lines = f"，另有 {len(truth.lines)} 条生产线" if truth.lines else ""
    beside = f", and {len(truth.lines)} lines of a simple kind" if truth.lines else ""
    crews = " ".join(sorted(letters))
    return f"""# 氧化铝厂 Alumina refinery

拜耳法氧化铝厂，一条溶出线、三组蒸发器、一座焙烧炉，约 240 t/h{lines}。四班（{crews}）三倒，生产日 08:00 开始。

A Bayer refinery with one digestion line, three sets of evaporators and a calciner, about 240 t/h of alumina{beside}. Four crews
({crews}) in three shifts; a production day begins at 08:00. Masses are in t, dry unless said; hydrate is counted as alumina, caustic as
NaOH of 100 %.

    shiftledger check .
    shiftledger load . readings/*
    shiftledger close .

| 文件 file | 内容 | what it holds |
|---|---|---|
{rows}

矿石经溶出成为溶液中的氧化铝，分解为氢氧化铝，焙烧为氧化铝；赤泥洗涤后外排，洗水由蒸发排出。溶液中的氧化铝和碱由全厂持有，各作业区按计量买卖。

Ore is digested into alumina in the liquor, precipitated as hydrate and calcined. Mud is washed and stacked; the evaporators take the
wash water out again. Alumina and soda in the liquor are stocks of the site: areas buy and sell by metered flow.
"""
