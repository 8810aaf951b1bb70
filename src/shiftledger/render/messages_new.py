"""The wording of a new plant's files and of the questions about it, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NEW: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # Names of what nobody named otherwise.
        "new.name.area-1": ("一工段", "Area 1"),
        "new.name.feed": ("原料", "Feed"),
        "new.name.product": ("产品", "Product"),
        "new.slot.d": ("白班", "day"),
        "new.slot.e": ("中班", "middle"),
        "new.slot.n": ("夜班", "night"),
        # Comments of the files. "#" is set before each line.
        "new.plant": ("全厂设置。其余文件分别描述各个部分。", "The plant as a whole. Every other file is about its parts."),
        "new.plant.zone": ("班次按当地时钟", "shifts follow the local clock"),
        "new.plant.day": (
            "生产日从此刻开始，以开始那天的日期命名",
            "the production day begins here, and is named after this date",
        ),
        "new.areas": (
            "区域：同一时间由一个班组负责的范围。核算单按区域、按班出。",
            "An area is what one crew runs at a time. Statements are written per area and shift.",
        ),
        "new.units": (
            "装置：物料在此发生变化，属于一个区域。每个区域可以有多个。",
            "A unit is where material changes; it belongs to an area. An area may have several.",
        ),
        "new.materials": (
            "物料：计量单位；入账数量是 quantum 的整数倍。",
            "What flows, and in which unit. Posted quantities are whole multiples of the quantum.",
        ),
        "new.streams": (
            '物流：一种物料从哪里到哪里。两端是装置或库存，"outside" 表示厂外。\n库存（罐、堆场、料仓）写在 stocks.toml 中，同样可以作为一端。',
            'A stream carries one material from a unit or stock to another; "outside" is the world.\n'
            "Tanks, yards and silos go into stocks.toml, and can be ends of streams too.",
        ),
        "new.meters": (
            "仪表：位号及其含义。kind：rate 瞬时流量，counter 累计表，interval 时段量，level 料位，lab 化验。\n"
            "class：允许误差（0.01 即 1 %）。max_gap：读数间隔超过它即视为缺测。",
            "A meter is a tag with a meaning. kind: rate, counter (a totaliser), interval, level, lab and others.\n"
            "class: limit of error (0.01 is 1 %). max_gap: readings further apart than this leave a gap.",
        ),
        "new.rotations": (
            "班次时间与轮班。anchor 这一天，phase 为 0 的班组处在 pattern 的第一个字母；R 表示休息。",
            "Slots of the day and the pattern of the crews. On the day `anchor` the crew with phase 0 stands at the\n"
            "first letter of the pattern; R is rest.",
        ),
        "new.rotations.mine": ("请改成您厂里真实的一天", "put in a real day of yours"),
        "new.prices": (
            "计划价：每种物料一行。改价时给旧行写 valid_to，再加一行 valid_from。",
            "One planned price per material. For a new price end the old row (valid_to) and add one (valid_from).",
        ),
        "new.standards": (
            "定额：产出允许消耗多少。yield：产出/投入；usage：投入/产出。数字是示例。",
            "What output may cost. yield: output per input; usage: input per output. The figures are examples.",
        ),
        "new.budget": (
            "计划产量。没有行的班次就没有计划：缺失不等于零。数字是示例。",
            "What was planned. A shift without a row has no plan: absent, never zero. The figures are examples.",
        ),
        "new.sources": (
            "如何读取读数文件：match 指定文件，其余是列名。时间带时区偏移；否则写 zone。",
            "How the files of readings are read: which files, and their columns. Times carry their offset; else say `zone`.",
        ),
        "new.source": ("示例", "example"),
        "new.assumed": ("示例价格，请换成实际计划价", "an example: put in your planned price"),
        "new.readme": (
            "# {name}\n\n这个文件夹就是您的工厂：每个文件讲一件事，每个文件都有一个示例。数字都是示例，请逐个换成自己的。\n",
            "# {name}\n\nThis folder is your plant: each file says one thing and holds an example. The figures are made up: replace them one by one.\n",
        ),
        "new.readme.steps": (
            "先看它怎样运转（在本文件夹的上一级运行）：",
            "See it work first (from the folder above this one):",
        ),
        "new.readme.then": (
            "然后删掉 `readings/example.csv` 和 `.shiftledger`，改文件，每改一处就运行一次 `check`：它指出行号和改法。\n"
            "以后还可以加：`stocks.toml`（罐与堆场）、`samples.csv`（化验）、`roster.csv`（顶班）、`invoices.csv`（账单）。",
            "Then delete `readings/example.csv` and `.shiftledger`, change the files, and `check` after every change: it says which line is\n"
            "wrong and how to mend it. Later add `stocks.toml` (tanks and yards), `samples.csv` (laboratory), `roster.csv` (substitutes),\n"
            "`invoices.csv` (bills) as you need them.",
        ),
        # What the command says and asks.
        "new.written": (
            "新工厂已写入 {folder}（{count} 个文件），检查无误。",
            "{folder} is written: {count} files, and nothing is wrong with them.",
        ),
        "new.warned": (
            "新工厂已写入 {folder}（{count} 个文件）；没有错误，但请看下面的提示。",
            "{folder} is written: {count} files without errors, but read the warnings below.",
        ),
        "new.next": ("接下来：", "Next:"),
        "new.ask.lead": (
            "几个问题；直接回车即用 [ ] 中的值，Ctrl-C 放弃，什么也不会写下。",
            "A few questions. Enter takes what stands in [ ]; Ctrl-C gives up, and nothing is written.",
        ),
        "new.ask.name": ("工厂名称", "Name of the plant"),
        "new.ask.currency": ("货币（ISO 代码）", "Currency (ISO code)"),
        "new.ask.zone": ("时区", "Time zone"),
        "new.ask.day-start": ("生产日几点开始", "The production day begins at"),
        "new.ask.slots": ("一天几班（或各班开始时刻，用逗号隔开）", "Slots of a day (how many, or their starts with commas)"),
        "new.ask.rotation": ("轮班方式（{choices}）", "Rotation ({choices})"),
        "new.ask.areas": ("区域，按物料经过的顺序，用逗号隔开", "Areas in the order in which material passes them, with commas"),
        "new.ask.materials": (
            "物料，名称:单位:单价，按经过区域的顺序，其后是公用消耗，用逗号隔开",
            "Materials as NAME:UNIT:PRICE in the order of the areas, then what else is used, with commas",
        ),
        "new.ask.flows": (
            "有仪表的物流，物料:从:到[:位号]，用逗号隔开；回车即按顺序",
            "Metered flows as MATERIAL:FROM:TO[:TAG], with commas; Enter takes them in order",
        ),
    }
)
