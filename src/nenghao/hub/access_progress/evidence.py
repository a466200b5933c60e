"""What the wire proves of access: the first upload of an enterprise, the last one, and the rows of the list with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from nenghao.hub.access_progress.models import AccessPlan
from nenghao.hub.access_progress.progress import PlanRow
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.readings.uploads import newest_batch, upload_bounds

_FIELDS = {
    "code": "enterprise__code", "name": "enterprise__name", "region_code": "enterprise__region_id",
    "region_name": "enterprise__region__name", "region_path": "enterprise__region__path",
    "industry_code": "enterprise__industry_id", "industry_name": "enterprise__industry__name",
    "level": "enterprise__energy_consume_level",
}  # fmt: skip
_OWN = (
    "enterprise_id", "tier", "batch", "has_control_centre", "listed_on", "planned_build_on", "planned_connect_on",
    "planned_accept_on", "built_on", "connected_on", "accepted_on", "delay_reason",
)  # fmt: skip


def plan_rows(*, store: ReadingStore, enterprises: QuerySet[Enterprise], on: date) -> list[PlanRow]:
    """Give the enterprises of the list as they stood on ``on``: one query, and one look at the newer upload log."""
    plans = AccessPlan.objects.filter(
        enterprise__in=enterprises.filter(active=True), listed_on__lte=on, enterprise__active=True
    )
    found = list(plans.values(*_OWN, *_FIELDS.values(), "first_upload_at", "looked_until_batch"))
    first = _first_uploads(store, found)
    return [_row(one, first.get(one["enterprise_id"])) for one in found]


def _row(values: Mapping[str, Any], first_upload_at: datetime | None) -> PlanRow:
    own = {name: values[name] for name in _OWN}
    joined = {name: values[lookup] for name, lookup in _FIELDS.items()}
    return PlanRow(**own, **joined, first_upload_on=to_beijing(first_upload_at).date() if first_upload_at else None)


def _first_uploads(store: ReadingStore, plans: Iterable[Mapping[str, Any]]) -> dict[int, datetime]:
    """Give the first upload of each plan: as noted, else as found among the uploads that were not searched yet."""
    known = {plan["enterprise_id"]: plan["first_upload_at"] for plan in plans if plan["first_upload_at"]}
    open_ = {p["enterprise_id"]: p["looked_until_batch"] for p in plans if not p["first_upload_at"]}
    if open_:
        found = upload_bounds(store, enterprise_ids=open_, after_batch=min(open_.values()))
        known |= {row.enterprise_id: row.first_at for row in found}
    return known


@transaction.atomic
def note_first_uploads(*, store: ReadingStore) -> int:
    """Write down the first upload of every plan that has none yet; give how many were found. Safe to repeat.

    From then on pages look only at newer uploads for those that have never sent.
    """
    newest = newest_batch(store)
    open_ = list(AccessPlan.objects.filter(first_upload_at=None).only("pk", "enterprise_id", "looked_until_batch"))
    if not open_:
        return 0
    after = min(plan.looked_until_batch for plan in open_)
    bounds = upload_bounds(store, enterprise_ids=[plan.enterprise_id for plan in open_], after_batch=after)
    first = {row.enterprise_id: row.first_at for row in bounds}
    for plan in open_:
        plan.first_upload_at, plan.looked_until_batch = first.get(plan.enterprise_id), newest
    AccessPlan.objects.bulk_update(open_, ["first_upload_at", "looked_until_batch"], batch_size=500)
    return len(first)


def last_uploads(store: ReadingStore, enterprise_ids: Sequence[int]) -> dict[int, datetime]:
    """Give the last upload of each enterprise of which readings were accepted; nothing for one that never sent."""
    return {row.enterprise_id: row.last_at for row in upload_bounds(store, enterprise_ids=enterprise_ids)}
