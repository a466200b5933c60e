"""The figures of a quarterly document: plain values, taken once from the data of a region and what lies below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import override

from nenghao.hub.access_progress.models import FaultTicket, RegionDuty
from nenghao.hub.access_progress.services import RegionProgress, progress
from nenghao.hub.bulletins.quarters import Quarter
from nenghao.hub.credit.models import CreditStep
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.readings import ReadingStore
from nenghao.readings.quality import EnterpriseMeasures, measures


@dataclass(frozen=True, slots=True)
class Upload:
    """How a group of enterprises uploaded over the quarter; ratios are ``None`` where nothing was due."""

    sending: int = 0
    daily: int = 0
    days_due: int = 0
    days_online: int = 0
    records_due: int = 0
    records_received: int = 0

    @property
    def daily_ratio(self) -> float | None:
        """Enterprises on line on every day that was due ÷ those of which anything was due (每日上传率)."""
        return self.daily / self.sending if self.sending else None

    @property
    def online_ratio(self) -> float | None:
        """Enterprise-days on line ÷ due."""
        return self.days_online / self.days_due if self.days_due else None

    @property
    def completeness(self) -> float | None:
        """Records received ÷ due."""
        return self.records_received / self.records_due if self.records_due else None


def upload_of(rows: Iterable[EnterpriseMeasures]) -> Upload:
    """Add the measures of enterprises up."""
    due = [row for row in rows if row.days_due]
    return Upload(
        len(due), sum(row.days_online >= row.days_due for row in due), sum(row.days_due for row in due),
        sum(row.days_online for row in due), sum(row.records_due for row in due),
        sum(row.records_received for row in due),
    )  # fmt: skip


def collect(*, store: ReadingStore, region: Region, quarter: Quarter, today: date) -> dict[str, Any]:
    """Take the figures as they stand at the end of the quarter, or today while it runs."""
    on = min(quarter.end - timedelta(days=1), today)
    children = list(Region.objects.filter(parent=region))
    with override("zh-hans"):  # the document is Chinese, whatever language its author reads the pages in
        found = progress(store=store, regions=[region, *children], on=on)
    members = dict(Enterprise.objects.filter(region__path__startswith=region.path).values_list("pk", "region__path"))
    rows = measures(store, enterprise_ids=members, start=quarter.start, end=on + timedelta(days=1))
    own = found[region.code]
    return {
        "region": region.code, "region_name": region.name, "quarter": quarter.text, "on": on.isoformat(),
        "is_partial": on < quarter.end - timedelta(days=1), "counts": _counts(own), "tiers": _tiers(own),
        "upload": _upload(upload_of(rows)), "regions": _ranked(_regions(children, found, rows, members)),
        "connected": _connected(own), "delays": _delays(own), "supervision": _supervision(region, quarter, on),
        "duty": _duty(region, on),
    }  # fmt: skip


def _counts(found: RegionProgress) -> dict[str, Any]:
    counted = found.counts
    return {
        **asdict(counted), "built_ratio": counted.built_ratio, "connected_ratio": counted.connected_ratio,
        "accepted_ratio": counted.accepted_ratio,
    }  # fmt: skip


def _tiers(found: RegionProgress) -> list[dict[str, Any]]:
    return [{"name": group.name, **asdict(group.counts)} for group in found.by_tier]


def _upload(found: Upload) -> dict[str, Any]:
    return {
        **asdict(found), "daily_ratio": found.daily_ratio, "online_ratio": found.online_ratio,
        "completeness": found.completeness,
    }  # fmt: skip


def _regions(
    children: Sequence[Region],
    found: Mapping[str, RegionProgress],
    rows: Sequence[EnterpriseMeasures],
    paths: Mapping[int, str],
) -> list[dict[str, Any]]:
    return [
        {
            "code": child.code, "name": child.name, **_counts(found[child.code]),
            **_upload(upload_of(row for row in rows if paths[row.enterprise_id].startswith(child.path))),
        }
        for child in children
    ]  # fmt: skip


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rank by rate of connection, then of daily upload, then completeness; who has nothing listed is not ranked.

    The order is ours: no bulletin's columns were found. Equal figures share a rank.
    """
    listed = sorted((row for row in rows if row["listed"]), key=_rank_key)
    for place, row in enumerate(listed):
        same = place and _rank_key(listed[place - 1])[:3] == _rank_key(row)[:3]
        row["rank"] = listed[place - 1]["rank"] if same else place + 1
    return listed + [row | {"rank": None} for row in rows if not row["listed"]]


def _rank_key(row: Mapping[str, Any]) -> tuple[float, float, float, str]:
    return (-(row["connected_ratio"] or 0), -(row["daily_ratio"] or 0), -(row["completeness"] or 0), row["code"])


def _connected(found: RegionProgress) -> list[dict[str, Any]]:
    return [
        {
            "code": row.code, "name": row.name, "region_name": row.region_name, "industry_name": row.industry_name,
            "connected_on": done.isoformat() if (done := row.done_on("connect")) else "",
        }
        for row in found.connected
    ]  # fmt: skip


def _delays(found: RegionProgress) -> list[dict[str, Any]]:
    return [
        {
            "code": late.row.code, "name": late.row.name, "region_name": late.row.region_name, "stage": late.stage,
            "due_on": late.due_on.isoformat(), "days": late.days, "reason": late.row.delay_reason,
        }
        for late in found.delays
    ]  # fmt: skip


def _supervision(region: Region, quarter: Quarter, on: date) -> dict[str, int]:
    tickets = list(
        FaultTicket.objects.filter(
            enterprise__region__path__startswith=region.path, fault_at__date__gte=quarter.start, fault_at__date__lte=on
        )
    )
    steps = CreditStep.objects.filter(
        case__enterprise__region__path__startswith=region.path, on__gte=quarter.start, on__lte=on
    )
    taken = list(steps.values_list("action", flat=True))
    return {
        "faults": len(tickets), "faults_over_term": sum(ticket.is_over_term(on) for ticket in tickets),
        "faults_filed": sum(ticket.filed_at is not None for ticket in tickets),
        "faults_repaired": sum(ticket.repaired_on is not None for ticket in tickets),
        **{f"credit_{name}": taken.count(name) for name in ("noticed", "confirmed", "removed")},
    }  # fmt: skip


def _duty(region: Region, on: date) -> dict[str, str]:
    duty = RegionDuty.objects.filter(region=region, effective_on__lte=on).first()
    if duty is None:
        return {}
    return {"lead_department": duty.lead_department, "builder": duty.builder, "platform_plan": duty.platform_plan}
