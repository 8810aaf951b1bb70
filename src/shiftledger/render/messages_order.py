"""The wording of the order of a day, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ORDER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "order.head": ("当日次序，按价值 V", "Order of the day by V"),
        "order.noise": (
            "! 主要是偶然：矿石、天气、接班时的存货和结垢都在 V 里，工资不读这个次序",
            "! Mostly noise: V also holds ore, weather, and the stocks and scale that a crew took over. Money never reads this order",
        ),
        "order.place": ("名次", "place"),
        "order.crew": ("班组", "crew"),
        "order.value": ("V {currency}", "V {currency}"),
        "order.half": ("90 % 区间 ±", "90 % interval ±"),
        "order.none": ("没有可比的班", "no shifts to compare"),
        "order.spread": (
            "各班相差（标准差）{spread}；单是测量误差就会相差 {error}，约占方差的 {chance}；其余也不全是班组的作为",
            "spread between the shifts (standard deviation) {spread}; errors of measurement alone would give {error}, "
            "about {chance} of the variance; the rest is not the crews' doing alone",
        ),
        "order.chance": (
            "各班相差（标准差）{spread}；单是测量误差就会相差 {error}：测量误差足以解释全部差别",
            "spread between the shifts (standard deviation) {spread}; errors of measurement alone would give {error}: "
            "they suffice to explain all of it",
        ),
        "order.alike": ("没有一个班能认定与别的班不同", "no shift can be told from the others"),
        "order.how": (
            "名次 1–3 表示：按 90 % 区间，可能是其中任何一名。每种误差按它在各班之间的差别计；各班共有的误差不计",
            "Place 1–3 means: any of them, by the 90 % interval of the differences. An error counts as far as it differs between shifts; "
            "one that all share parts nobody",
        ),
    }
)
