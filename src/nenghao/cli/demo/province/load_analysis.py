"""Writes the monthly situation reports of the province: the past months issued, the newest one left as a draft."""

from __future__ import annotations

from datetime import date, datetime

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_quality import PROVINCE
from nenghao.cli.demo.province.load_registry import ACTOR
from nenghao.hub.analysis import services
from nenghao.hub.registry.models import Region
from nenghao.readings import ReadingStore

MONTHS = 3
OUTLOOK = "以上为合成数据，形势判断从略。"


def load_reports(store: ReadingStore, province: Province, now: datetime) -> int:
    """Draft the reports of the last complete months and issue all but the newest; gives their number."""
    region, month = Region.objects.get(code=PROVINCE), province.plan.last.replace(day=1)
    for back in range(MONTHS):
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
        report = services.draft(actor=ACTOR, now=now, store=store, region=region, month=month)
        if back:
            services.edit(actor=ACTOR, now=now, report_id=report.pk, texts={"outlook": OUTLOOK})
            services.issue(
                actor=ACTOR, now=now, report_id=report.pk, number=f"合成〔{month.year}〕{month.month}-形势",
                issuer="省节能主管部门（合成）",
            )  # fmt: skip
    return MONTHS
