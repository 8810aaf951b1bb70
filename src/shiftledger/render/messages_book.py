"""The words of a workbook that holds a plant's text, Chinese and English; and short Chinese names of the fields.

A field that has no name here shows its own: a new field of the schema needs no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BOOK: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "book.guide": ("说明", "Guide"),
        "book.fields": ("字段", "Fields"),
        "book.title": ("工厂文件工作簿：{name}", "Files of the plant {name} as a workbook"),
        "book.step.fill": (
            "每张表对应工厂文件夹中的一个文件，第一格是文件名，灰底行是字段名。在其下逐行填写；粗体字段必填，浅色字段原文件未用。",
            "Every sheet is a file of the plant's folder: its first cell names the file, the grey row names the fields. Fill in the "
            "rows below; fields in bold are required, pale ones are not used in the file so far.",
        ),
        "book.step.rows": (
            "可以增行、删行、排序、筛选、改表名、移列。行的次序没有意义。删掉整张表或整列，等于不提它，原内容不变。",
            "Add, delete, sort and filter rows, rename sheets, move columns as you like: the order of rows means nothing. A sheet or a "
            "column that is deleted is not spoken of, and what it held stays.",
        ),
        "book.step.cells": (
            "日期写 2026-03-31，时刻写 06:00，时长写 30min、8h，数字用小数点。列表用分号隔开：mass; iron。空格即未填。公式按其显示的值计。",
            "Days are written 2026-03-31, times 06:00, durations 30min or 8h, numbers with a point; lists with semicolons: mass; iron. An "
            "empty cell is no value. A formula counts by the value that it shows.",
        ),
        "book.step.new": (
            "新文件（例如新的价格集）：复制一张同类的表，把第一格改成新文件名，例如 prices/2027.csv。",
            "For a new file, such as another price set, copy a sheet of its kind and write the new name into its first cell, such as "
            "prices/2027.csv.",
        ),
        "book.step.own": (
            "自己的列或表：在列名或第一格前写 #，导入时不读。",
            "A column or sheet of your own: put # before its name or its first cell, and it is not read.",
        ),
        "book.step.import": (
            "填好并保存后，先试后写：shiftledger plant import 本文件 文件夹 --dry-run，看过再去掉 --dry-run。",
            "Save it, then look before you write: shiftledger plant import THIS-FILE FOLDER --dry-run, and without --dry-run when it is right.",
        ),
        "book.sheet": ("表", "Sheet"),
        "book.file": ("文件", "File"),
        "book.rows": ("行数", "Rows"),
        "book.about": ("内容", "What it holds"),
        "book.field": ("字段", "Field"),
        "book.meaning": ("含义", "Meaning"),
        "book.form": ("写法", "How to write it"),
        "book.required": ("必填", "required"),
        "book.type.text": ("文字", "text"),
        "book.type.id": ("编号：字母、数字、- 和 _", "an id: letters, digits, - and _"),
        "book.type.choice": ("选一：{choices}", "one of {choices}"),
        "book.type.flag": ("true 或 false", "true or false"),
        "book.type.integer": ("整数", "a whole number"),
        "book.type.number": ("数字，用小数点", "a number with a point"),
        "book.type.date": ("日期，如 2026-03-31", "a day, like 2026-03-31"),
        "book.type.time": ("时刻，如 06:00", "a time of day, like 06:00"),
        "book.type.duration": ("时长，如 30min、8h", "a duration, like 30min or 8h"),
        "book.type.names": ("用分号隔开：a; b", "with semicolons: a; b"),
        "book.type.codes": ("Light=1;Medium=2", "Light=1;Medium=2"),
        "book.type.crews": ("A = 0; B = 2", "A = 0; B = 2"),
        "book.type.columns": ("列 = 位号，用分号隔开", "column = tag, with semicolons"),
        "book.type.shares": ("melt = 0.4; cast = 0.6", "melt = 0.4; cast = 0.6"),
        "book.type.words": ("文字 = 含义，用分号隔开", "text = meaning, with semicolons"),
        "book.type.slots": ("照原样，每班一行", "as it stands, one slot a line"),
        "book.exported": ("已写出 {book}：{files} 个文件，{rows} 行。", "Written: {book}, {files} files, {rows} rows."),
        "book.next": (
            "填好后：shiftledger plant import {book} {folder} --dry-run",
            "When it is filled in: shiftledger plant import {book} {folder} --dry-run",
        ),
        "book.none": ("没有变化：{folder} 保持原样。", "Nothing changed: {folder} is as it was."),
        "book.finished": ("先完成了上次中断的导入：{files}", "First finished the import that was cut off: {files}"),
        "book.would": ("将会写入 {folder}：", "Would be written to {folder}:"),
        "book.did": ("已写入 {folder}：", "Written to {folder}:"),
        "book.file.new": ("{file}：新文件，{count} 行", "{file}: new, {count} rows"),
        "book.file.same": ("{count} 个文件与导出时相同", "{count} files as they were exported"),
        "book.file.changed": ("{file}：{count} 处", "{file}: changed, {count}"),
        "book.row.new": ("+ {row}  （{place}）", "+ {row}  ({place})"),
        "book.row.gone": ("- {row}", "- {row}"),
        "book.cell": ("{row}  {field}：{before} → {after}  （{place}）", "{row}  {field}: {before} → {after}  ({place})"),
        "book.more": ("另有 {count} 处", "{count} more"),
        "book.nothing": ("（空）", "(nothing)"),
    }
)
BOOK_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "plant": "全厂设置：币种、时区、生产日、结账规则", "area": "区域：同一时间由一个班组负责", "unit": "装置：物料在此变化",
        "stream": "物流：一种物料从哪里到哪里", "stock": "库存：罐、堆场、料仓", "material": "物料：单位与入账精度",
        "meter": "仪表：位号及其含义", "sample": "取样点与化验项目对应的位号", "allocation": "长周期数字如何分到各班",
        "source": "读数文件如何读入", "rotation": "班次时间与轮班", "roster": "与轮班不同的排班", "service": "服务班组工作的参考价",
        "post": "岗位", "member": "人员归属（编号或岗位，不写姓名）", "attendance": "请假、缺勤、加班、借调",
        "budget": "计划：产量、工时、固定费用", "standard": "定额：产出允许的消耗", "price": "价格", "link": "价格随行情变化的公式",
        "quote": "公布的行情", "factor": "带日期的换算系数", "indicator": "指标", "state": "交接的状态，如结垢",
        "grade": "化验事后判定不合格的限值",
        "potential": "状态值多少钱", "quality": "按化验的奖惩", "charge": "环保与安全收费", "invoice": "发票与账单",
    }
)  # fmt: skip
BOOK_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "id": "编号", "currency": "币种", "zone": "时区", "day_start": "生产日开始", "name_zh": "中文名", "name_en": "英文名",
        "money_decimals": "金额小数位", "day_label": "日期取首或尾", "month_start": "会计月首日", "lookback": "回看班数",
        "grace": "边界宽限", "lab_cutoff": "化验截止", "test_level": "检验水平", "price_set": "价格集", "price_sets": "各日起的价格集",
        "market_set": "市场价格集", "price_approval": "价格须批准", "price_approvers": "批准角色", "plant.state": "状态文件夹",
        "state": "状态", "sql": "数据库地址", "rotation": "轮班", "coverage": "全天或部分", "tou_is_ours": "峰谷差归本区",
        "hours_of": "工时按装置", "successor_of": "承接自", "valid_from": "生效首日", "valid_to": "失效末日", "area": "区域",
        "conserves": "守恒", "ownership": "批次归属", "stages": "各阶段份额", "running": "运行状态量", "running_codes": "运行的文字",
        "causes": "停机原因", "own_causes": "本班原因", "min_halt": "最短停机", "no_fault_rate": "非责停机每小时金额", "from": "起点",
        "to": "终点", "material": "物料", "follows": "跟随物流", "stream.share": "比例", "share": "份额", "source": "出处",
        "held_by": "归谁持有", "boundary": "边界取值", "opening": "期初", "opening_day": "期初日", "unit.area": "区域", "unit": "单位",
        "quantum": "最小数量", "priced_on": "计价依据", "band_state": "时段状态", "offspec_of": "不合格品属于", "tag": "位号",
        "kind": "类别", "stream": "物流", "stock": "库存", "component": "组分", "class": "允许误差", "white": "小时均值误差",
        "sigma": "标准不确定度", "integrate": "积分方式", "length": "覆盖时长", "max_gap": "最大间隔", "max_hold": "最长保持",
        "max_same": "最长不变", "fill": "缺口估计", "modulus": "翻转值", "max_rate": "最快每小时", "low": "下限", "high": "上限",
        "codes": "代码", "changed_at": "换表时刻", "first_register": "装表读数", "last_register": "拆表读数", "point": "取样点",
        "analyte": "化验项目", "sample.period": "取样时段", "quote.period": "月、季或日", "driver": "分摊依据", "load": "负荷物流",
        "match": "文件名", "format": "格式", "layout": "排列", "url": "地址", "query": "查询", "table": "数据表", "topics": "主题",
        "payload": "消息格式", "security": "安全", "certificate": "证书", "private_key": "私钥", "server_certificate": "服务器证书",
        "publish": "上报周期", "backfill": "补读时长", "listen": "监听地址", "token": "令牌", "encoding": "编码", "delimiter": "分隔符",
        "decimal": "小数点", "thousands": "千位符", "check_decimals": "检查小数", "sheet": "工作表", "header_row": "表头行",
        "header_rows": "表头行数", "hidden": "隐藏部分", "merged": "合并单元格", "time": "时间列", "clock": "时刻列",
        "time_format": "时间格式", "stamps": "时间戳含义", "interval": "间隔", "midnight": "零点归属", "order": "次序",
        "row_number": "行号列", "first_number": "首行号", "day": "生产日", "slot": "班次", "source.value": "数值列", "value": "数值",
        "source.tag": "位号列", "source.day": "生产日列", "source.slot": "班次列", "source.quality": "质量列", "revision": "版本列",
        "columns": "列的对应", "meanings": "文字的含义", "meter": "仪表", "lot": "批号列", "start": "开始", "duration": "时长列",
        "duration_unit": "时长单位", "pieces": "件数列", "stage": "阶段列", "same_lot": "同批最长间隔", "result_time": "结果时间列",
        "whole_days": "按整日", "at_stamp": "即时值位号", "definition_approval": "定义须批准", "definition_approvers": "定义批准角色",
        "exclusion_deciders": "剔除班次的角色",
        "preset": "现成轮班", "slots": "班次时间", "pattern": "轮班字母", "anchor": "起算日", "crews": "班组相位", "synthetic": "虚拟排班",
        "crew": "班组", "end": "结束", "note": "备注", "job": "工作", "price": "单价", "post": "岗位", "person": "人员编号",
        "hours": "小时", "item": "项目", "qty": "数量", "per": "周期", "output": "产出", "basis": "口径", "condition": "条件",
        "reference": "基准值", "link": "公式", "band": "时段", "formula": "公式", "lag": "滞后月数", "window": "平均月数",
        "cut": "截止天数", "decimals": "小数位", "missing": "缺月处理", "quote": "行情", "published": "公布日", "better": "向好方向",
        "grows": "随什么增长", "life": "最远回看",
        "reset_by": "复位事件", "reset_to": "复位到", "worth": "价值", "cap": "封顶", "party": "对方", "charge": "收费", "event": "事件",
        "amount": "金额", "until": "截至日", "known_on": "得知日",
    }
)  # fmt: skip


def field_zh(table: str, name: str) -> str:
    """The Chinese name of a field; its own name where there is none."""
    return BOOK_FIELDS.get(f"{table}.{name}", BOOK_FIELDS.get(name, name))
