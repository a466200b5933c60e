"""The trend of scores as ``static/nenghao/charts.js`` draws it; a month that cannot be judged is a gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.quality_review.scoring import GOOD_ENOUGH, MonthScore

COLOUR = "#1668b3"


def trend_chart(months: Sequence[MonthScore]) -> dict[str, Any]:
    """Give the mean score of each month [points], with the threshold as a line; nothing to draw gives no series."""
    values = [None if one.region.mean is None else round(one.region.mean, 3) for one in months]
    series = [{"name": _("得分"), "color": COLOUR, "symbol": "circle", "values": values}]
    return {
        "kind": "scores",
        "label": _("数据质量得分趋势"),
        "unit": _("分"),
        "periods": [one.text for one in months],
        "series": series if any(value is not None for value in values) else [],
        "threshold": GOOD_ENOUGH,
        "threshold_word": f"{GOOD_ENOUGH:g}",
        "nothing": _("不能判定"),
    }
