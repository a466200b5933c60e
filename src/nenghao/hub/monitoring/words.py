"""Words that several pages share: the language of the page, the states of data, what a wire code means."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nenghao.errors import Language


def page_language() -> Language:
    """Give the language of the page as the errors of nenghao name it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def state_words() -> dict[str, str]:
    """Give the words for the states of data, by the names that charts and templates use."""
    return {
        "measured": _("实测"),
        "estimated": _("估算"),
        "missing": _("缺失"),
        "incomplete": _("部分缺失"),
        "corrected": _("有更正"),
        "none": _("暂无数据"),
    }


STATE_NAMES = ("measured", "estimated", "missing")
"""Names of the stored state numbers, in their order."""


def stat_type_word(stat_type: int) -> str:
    """Name a statistic type of the wire (统计类型)."""
    return {0: _("实时数据"), 1: _("日数据"), 2: _("月数据"), 3: _("年数据")}.get(stat_type, str(stat_type))
