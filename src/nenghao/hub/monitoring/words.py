"""Words that several pages share: the language of the page, the states of data, what a wire code means."""

from __future__ import annotations

import re

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nenghao.errors import Language
from nenghao.units import unit_text

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_IN_BRACKETS = re.compile(r"（([^（）]*[\u3400-\u9fff][^（）]*) / ([^（）\u3400-\u9fff]+)）")


def page_language() -> Language:
    """Give the language of the page as the errors of nenghao name it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def unit_word(unit: str) -> str:
    """Write a unit in the language of the page; the one way in which pages, charts and workbooks show one."""
    return unit_text(str(unit), page_language())


def in_page_language(text: str) -> str:
    """Keep of a text the halves in the page's language, where it has ``中文 / English``; else the text as it is.

    Notes and sources of reference data are written so: several of them are joined by ``; ``, a remark may stand in
    full-width parentheses, and what stands before or after a pair is in the language of the half beside it.
    """
    english = page_language() == "en"
    text = _IN_BRACKETS.sub(lambda found: f" ({found[2]})" if english else f"（{found[1]}）", str(text))
    pairs = [(part, _pair(part)) for part in text.split("; ")]
    if not any(pair for _part, pair in pairs):
        return text
    kept = [pair[english] if pair else part for part, pair in pairs if pair or bool(_CHINESE.search(part)) != english]
    return "; ".join(kept)


def _pair(part: str) -> tuple[str, str] | None:
    chinese, slash, english = part.partition(" / ")
    return (chinese, english) if slash and _CHINESE.search(chinese) and not _CHINESE.search(english) else None


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
