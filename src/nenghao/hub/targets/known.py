"""What the rest of the hub knows of the facts that score sheets ask for, each with its origin; nothing is assumed.

A provider gives facts by enterprise, for all enterprises of a round in a few queries. A fact that an app cannot tell
for certain is left out: it stays to be typed with evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from nenghao.hub.quotas import services as quotas
from nenghao.hub.quotas.models import GradeWord, LeaderApplication, LeaderList, LeaderState, SpanKind, Verdict
from nenghao.hub.quotas.models import Standing as Level
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.statements.services import Kept, kept_terms
from nenghao.hub.targets.savings import savings_of
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore

DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Known:
    """One fact and where it comes from, in both languages, with the page on which it unfolds.

    ``is_unverified``: it rests on something that is not certain (待核), which the words name.
    """

    value: float | bool
    zh: str
    en: str = ""
    url: str = ""
    is_unverified: bool = False

    def source(self) -> dict[str, str | bool]:
        """Give its origin as an answer keeps it."""
        return {"zh": self.zh, "en": self.en or self.zh, "url": self.url, "unverified": self.is_unverified}


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom and when facts are asked."""

    store: ReadingStore
    enterprises: Sequence[Enterprise]
    year: int
    now: datetime

    @property
    def ids(self) -> list[int]:
        """The enterprises' keys."""
        return [one.pk for one in self.enterprises]


Facts = dict[str, Known]
Provider = Callable[[Asked], Mapping[int, Facts]]


def ask_all(asked: Asked) -> dict[int, Facts]:
    """Ask every provider; gives facts by enterprise."""
    found: dict[int, Facts] = {pk: {} for pk in asked.ids}
    for provider in PROVIDERS:
        for pk, facts in provider(asked).items():
            found[pk].update(facts)
    return found


def _statements(asked: Asked) -> Mapping[int, Facts]:
    """Filed statements: the yearly report, and the monthly returns."""
    kept = kept_terms(enterprises=asked.enterprises, year=asked.year, today=to_beijing(asked.now).date())
    return {one.pk: _of_statements(kept[one.pk], one, asked.year) for one in asked.enterprises}


def _of_statements(kept: Kept, own: Enterprise, year: int) -> Facts:
    url = reverse("statements") + f"?q={own.code}"
    found: Facts = {}
    if kept.report_in_time is not None:
        zh, en = f"{year} 年能源利用状况报告的报送记录", f"filing of the energy-use report of {year}"
        found["energy_report_in_time"] = Known(kept.report_in_time, zh, en, url)
    if kept.ratio is not None:
        zh = f"{year} 年到期月报 {kept.due} 份，已报 {kept.handed_in} 份"
        en = f"monthly returns of {year}: {kept.due} due, {kept.handed_in} filed"
        found["monthly_return_ratio"] = Known(kept.ratio, zh, en, url)
        zh = f"{year} 年到期 {kept.months_due} 个月，各表均按时的 {kept.months_in_time} 个月"
        en = f"{kept.months_due} months of {year} due, every return in time in {kept.months_in_time}"
        found["monthly_returns"] = Known(float(kept.months_in_time), zh, en, url)
    return found


def _quotas(asked: Asked) -> Mapping[int, Facts]:
    """Verdicts of the whole year, where every product that is held against a standard could be judged."""
    rows = quotas.verdicts(
        enterprise_ids=asked.ids, kind=SpanKind.CUMULATIVE, month=date(asked.year, DECEMBER, 1)
    ).filter(product__active=True).exclude(standard="")  # fmt: skip
    by_owner: dict[int, list[Verdict]] = {}
    for row in rows:
        by_owner.setdefault(row.enterprise_id, []).append(row)
    codes = {one.pk: one.code for one in asked.enterprises}
    return {pk: _of_verdicts(found, codes[pk], asked.year) for pk, found in by_owner.items()}


def _of_verdicts(rows: Sequence[Verdict], code: str, year: int) -> Facts:
    url = reverse("quotas-enterprise", args=[code]) + f"?period={year}-{DECEMBER}"
    products = len({row.product_id for row in rows})
    zh, en = f"{year} 年限额判定 {products} 个产品", f"quota verdicts of {year}, products: {products}"
    doubtful = any(row.is_unverified for row in rows)
    found: Facts = {}
    if all(row.grade != GradeWord.CANNOT_JUDGE for row in rows):
        over = {row.product_id for row in rows if row.grade == GradeWord.OVER}
        found["quota_violations"] = Known(float(len(over)), zh, en, url, doubtful)
    levels = [row.standing for row in rows if row.standing]
    if levels:
        zh, en = f"{zh}，标杆、基准水平", f"{en}, benchmark and baseline level"
        found["better_than_benchmark"] = Known(all(one == Level.BENCHMARK for one in levels), zh, en, url, doubtful)
        found["meets_baseline"] = Known(all(one != Level.BELOW for one in levels), zh, en, url, doubtful)
    return found


def _leaders(asked: Asked) -> Mapping[int, Facts]:
    """Published lists of leaders; without a list over the enterprise's region nothing is said."""
    lists = list(LeaderList.objects.filter(year=asked.year).select_related("region"))
    rows = LeaderApplication.objects.filter(
        enterprise__in=asked.ids, year=asked.year, state=LeaderState.PUBLISHED
    )  # fmt: skip
    named, url = set(rows.values_list("enterprise_id", flat=True)), reverse("leaders") + f"?year={asked.year}"
    zh, en = f"{asked.year} 年领跑者名单", f"list of leaders of {asked.year}"
    return {
        one.pk: {"is_leader": Known(one.pk in named, zh, en, url)}
        for one in asked.enterprises
        if any(one.region.path.startswith(known.region.path) for known in lists)
    }


def _registry(asked: Asked) -> Mapping[int, Facts]:
    """A certified management system as the registry has it; that none is on record does not mean that there is none."""
    return {
        one.pk: {
            "certified": Known(
                True, "企业档案：通过能源管理体系认证", "enterprise record: management system certified",
                reverse("registry", args=[one.code]),
            )
        }
        for one in asked.enterprises if one.management_system_certified
    }  # fmt: skip


def _savings(asked: Asked) -> Mapping[int, Facts]:
    """Energy saved under the intensity target, since the plan's base."""
    found: dict[int, Facts] = {}
    codes = {one.pk: one.code for one in asked.enterprises}
    for pk, one in savings_of(store=asked.store, enterprises=asked.enterprises, year=asked.year).items():
        if one.cumulative_saved is None or not one.cumulative_due or one.cumulative_due <= 0:
            continue
        zh = f"{one.plan.name}：累计节能 {one.cumulative_saved:,.2f} tce，应完成 {one.cumulative_due:,.2f} tce"
        en = f"{one.plan.name}: {one.cumulative_saved:,.2f} tce saved, {one.cumulative_due:,.2f} tce due"
        url = reverse("targets-enterprise", args=[codes[pk]]) + f"?period={asked.year}-{DECEMBER}"
        ratio = one.cumulative_saved / one.cumulative_due
        found[pk] = {
            "saving_progress_ratio": Known(round(ratio, 6), zh, en, url, is_unverified=True),
            "saving_progress_met": Known(round(ratio, 9) >= 1, zh, en, url, is_unverified=True),
        }
    return found


PROVIDERS: Sequence[Provider] = (_statements, _quotas, _leaders, _registry, _savings)

OF_NODE = ("statement-calendar", "statements")
"""Pages of the account's node, without a code in their address."""
HINTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "计量": (("计量凭证", "meters and certificates", "evidence-enterprise"),),
    "统计": (("报送日历", "calendar of statements", "statement-calendar"),),
    "淘汰": (("设备档案", "equipment register", "registry"),),
    "审计": (("能源利用状况报告", "energy-use report", "statements"),),
    "技改": (("能源利用状况报告", "energy-use report", "statements"),),
}
"""Pages that help to judge an item whose title has the word: title in both languages, and the page's URL name."""


REGION_HINTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "分解": (("目标分解与进度", "targets broken down and progress", "targets-region"),),
    "结构": (("统计数据", "published statistics", "targets-statistics"),),
    "重点企业": (("用能单位限额判定", "quota verdicts of enterprises", "quotas-region"),),
}
"""The same for an item of a region's sheet."""


def hints(title_zh: str, code: str, *, of_region: bool, english: bool) -> list[tuple[str, str]]:
    """Give pages (label, address) of an enterprise or region that help to judge an item by its evidence."""
    known = REGION_HINTS if of_region else HINTS
    found: Iterable[Any] = (one for word, pages in known.items() if word in title_zh for one in pages)
    return [(en if english else zh, reverse(page, args=[] if page in OF_NODE else [code]))
            for zh, en, page in found]  # fmt: skip
