"""The ledger of a region's published statistics: its form, which is also the columns of an import."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.hub.evidence.entry import Ledger
from nenghao.hub.evidence.forms import EARLIEST, REQUIRED, EntryForm, choice, number, text
from nenghao.hub.evidence.imports import Added, add_ledger
from nenghao.hub.targets.models import RegionStatistic, StatisticKind, StatisticState
from nenghao.units import convert
from nenghao.units import unit as unit_of

STATISTICS = Ledger(
    "region-statistic", RegionStatistic, ("kind", "year", "first_month", "last_month", "price_year"),
    ("amount", "entered_amount", "entered_unit", "state", "document"), of_regions=True,
)  # fmt: skip
IMPORT = "region-statistics"
UNITS = (("亿yuan", _("亿元")), ("万yuan", _("万元")), ("万tce", _("万tce")), ("tce", _("tce")))
"""Units that bureaus print; the first of each dimension is taken where none is given."""

_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_SPANS = {"上半年": (1, 6), "前三季度": (1, 9), "全年": (1, 12), "": (1, 12)}
_QUARTER = re.compile(r"-?[Qq]([1-4])|第?([一二三四1-4])季度")
_MONTHS = re.compile(r"-?(\d{1,2})(?:\s*[~～—–至-]\s*(\d{1,2}))?月?")


def parse_period(typed: str) -> tuple[int, int, int] | None:
    """Read a year, quarter, month or run of months as (year, first month, last month); None for anything else.

    >>> parse_period("2026"), parse_period("2026-Q3"), parse_period("2026-01~05"), parse_period("2026年1-5月")
    ((2026, 1, 12), (2026, 7, 9), (2026, 1, 5), (2026, 1, 5))
    >>> parse_period("2026-05-01"), parse_period("2026年上半年"), parse_period("2026-13")
    ((2026, 5, 5), (2026, 1, 6), None)
    """
    head = re.fullmatch(r"(\d{4})(年?)(.*)", typed.strip().replace(" ", ""))
    if head is None:
        return None
    year, rest = int(head[1]), head[3]
    if rest in _SPANS:
        return year, *_SPANS[rest]
    if found := _QUARTER.fullmatch(rest):
        last = 3 * _QUARTERS[found[1] or found[2]]
        return year, last - 2, last
    if found := re.fullmatch(r"-(\d{2})-01(?:00:00:00)?", rest):  # a month, as a spreadsheet turns it into a day
        return _months(year, int(found[1]), int(found[1]))
    found = _MONTHS.fullmatch(rest)
    return _months(year, int(found[1]), int(found[2] or found[1])) if found else None


def _months(year: int, first: int, last: int) -> tuple[int, int, int] | None:
    return (year, first, last) if 1 <= first <= last <= 12 else None


class StatisticForm(EntryForm):
    """One published figure."""

    period = forms.CharField(
        label=_("时段"), max_length=30, error_messages={"required": REQUIRED},
        help_text=_("如 2026、2026-Q2、2026-05；累计数写成 2026-01~05"),
    )  # fmt: skip
    kind = choice(_("指标"), StatisticKind.choices)
    amount = number(_("数值"), least=0)
    unit = choice(_("单位"), [("", _("亿元 / 万tce")), *UNITS])
    unit.required = False
    price_year = forms.IntegerField(
        label=_("可比价基年"), required=False, min_value=1990, max_value=2099, help_text=_("可比价必填，如 2025")
    )
    state = choice(_("数据状态"), StatisticState.choices)
    document = text(_("来源"), required=True)
    document.help_text = _("公报、月报的名称与文号")

    def clean_period(self) -> tuple[int, int, int]:
        """Read the months; what has not ended cannot have been published."""
        found = parse_period(self.cleaned_data["period"])
        if found is None or found[0] < EARLIEST.year:
            raise forms.ValidationError(_("时段无法识别，写成 2026、2026-Q2、2026-05 或 2026-01~05"))
        year, _first, last = found
        if (year, last) >= (self.today.year, self.today.month):
            raise forms.ValidationError(_("该时段还没有结束，请核对"))
        return found

    def clean(self) -> dict[str, Any]:
        """Bring the amount to yuan or tce, and ask for the year of comparable prices."""
        data = super().clean() or {}
        if not data.get("kind"):
            return data
        kind = StatisticKind(data["kind"])
        symbol = data.get("unit") or ("万tce" if kind.is_energy else "亿yuan")
        if unit_of(symbol).dimension is not unit_of(kind.unit).dimension:
            self.add_error("unit", _("单位与指标不符，能源用万tce，金额用亿元"))
        elif data.get("amount") is not None:
            data |= {"entered_unit": symbol, "base": round(convert(data["amount"], symbol, kind.unit), 4)}
        if kind.is_constant and not data.get("price_year") and "price_year" not in self.errors:
            self.add_error("price_year", _("可比价须填基年"))
        if not kind.is_constant:
            data["price_year"] = 0
        return data

    def facts(self) -> dict[str, Any]:
        """Give key and facts of the ledger."""
        data = self.cleaned_data
        year, first, last = data["period"]
        return {
            "kind": data["kind"], "year": year, "first_month": first, "last_month": last,
            "price_year": data["price_year"], "amount": data["base"], "entered_amount": data["amount"],
            "entered_unit": data["entered_unit"], "state": data["state"], "document": data["document"],
        }  # fmt: skip


def offer_imports() -> None:
    """Let the ledger be imported by the means of the others."""
    add_ledger(IMPORT, StatisticForm, STATISTICS, Added(_("地区统计数据"), _("统计数据"), "targets-statistics"))


def earlier_versions(row: RegionStatistic) -> list[RegionStatistic]:
    """Give all versions of an entry, the newest first."""
    key = dict(zip(STATISTICS.key, STATISTICS.key_of(row), strict=True))
    return list(RegionStatistic.objects.filter(region=row.region_id, **key).order_by("-version"))


def last_ended(today: date) -> str:
    """Give the last quarter that is over, as the form proposes it.

    >>> last_ended(date(2026, 11, 21)), last_ended(date(2026, 2, 1))
    ('2026-Q3', '2025-Q4')
    """
    year, quarter = (today.year, (today.month - 1) // 3)
    return f"{year}-Q{quarter}" if quarter else f"{year - 1}-Q4"
