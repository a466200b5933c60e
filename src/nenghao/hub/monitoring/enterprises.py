"""Enterprise list (用能单位): searched, sorted and paged on the server; its whole state is in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from nenghao.hub.monitoring.overview import covered_so_far
from nenghao.hub.monitoring.span import Span
from nenghao.hub.registry.models import Enterprise
from nenghao.readings import ReadingStore
from nenghao.readings.energy import totals_by_enterprise
from nenghao.readings.uploads import enterprise_summaries

PAGE_SIZE = 30
SORTS = ("code", "name", "region", "industry", "tce", "complete", "last_upload_at")
DEFAULT_SORT = "-tce"


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """One enterprise with its figures in the span."""

    code: str
    name: str
    region: str
    region_code: str
    industry: str
    is_simulated: bool
    tce: float | None
    complete: float | None
    last_upload_at: datetime | None


@dataclass(frozen=True, slots=True)
class EnterpriseList:
    """A page of the list."""

    rows: Sequence[EnterpriseRow]
    everything: Sequence[EnterpriseRow]
    page: int
    pages: int
    sort: str


def enterprise_list(
    *,
    store: ReadingStore,
    enterprises: QuerySet[Enterprise],
    words: str,
    sort: str,
    page: int,
    span: Span,
    now: datetime,
) -> EnterpriseList:
    """Give one page of the enterprises whose name or code holds ``words``, and all of them for an export."""
    chosen = enterprises.filter(Q(name__icontains=words) | Q(code__icontains=words)) if words else enterprises
    members = list(chosen.select_related("region", "industry"))
    ids = [member.pk for member in members]
    totals = totals_by_enterprise(store, enterprise_ids=ids, kind=span.kind, start=span.start, end=span.end)
    tce = {row.enterprise_id: row.tce for row in totals}
    complete = {
        row.enterprise_id: (row.measured + row.estimated) / row.due
        for row in covered_so_far(store, ids, span, now)
        if row.due
    }
    last = {row.id: row.last_upload_at for row in enterprise_summaries(store, enterprise_ids=ids, day=now.date())}
    rows = [
        EnterpriseRow(
            member.code, member.name, member.region.name, member.region.code, member.industry.name,
            member.is_simulated, tce.get(member.pk), complete.get(member.pk), last.get(member.pk),
        )
        for member in members
    ]  # fmt: skip
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    rows = _sorted(rows, sort)
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(max(page, 1), pages)
    return EnterpriseList(rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], rows, page, pages, sort)


def _sorted(rows: list[EnterpriseRow], sort: str) -> list[EnterpriseRow]:
    """Sort by a field; what is not known comes last in either direction."""
    name = sort.removeprefix("-")
    known = [row for row in rows if getattr(row, name) is not None]
    known.sort(key=lambda row: (getattr(row, name), row.code), reverse=sort.startswith("-"))
    return known + [row for row in rows if getattr(row, name) is None]
