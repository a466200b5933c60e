"""Words of the pages about targets."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def measure_word(measure: str) -> str:
    """Name what a grading rule looks at."""
    words = {
        "gap_ratio": _("差距 ÷ 应完成（总量为超出比例）"), "completion_ratio": _("完成率（实际 ÷ 应完成）"),
        "gap_points": _("差距（百分点）"), "growth_ratio": _("同比增幅"), "overrun_ratio": _("超出比例"),
    }  # fmt: skip
    return words[measure]
