"""Benchmarking campaigns (能效对标活动): which product takes part in a year, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.http import Http404

from nenghao.hub.audit.services import Actor, record
from nenghao.hub.production.models import Product
from nenghao.hub.quotas.models import CampaignFlag, CampaignStep
from nenghao.hub.registry.models import Enterprise


@transaction.atomic
def set_flag(*, actor: Actor, now: datetime, enterprise: Enterprise, given: Mapping[str, str]) -> CampaignFlag | None:
    """Set the step of a product in a year; an empty step takes it out of the campaign."""
    product = Product.objects.filter(enterprise=enterprise, code=given.get("product", "")).first()
    year, step = given.get("year", ""), given.get("step", "")
    if product is None or not year.isdecimal() or (step and step not in CampaignStep.values):
        raise Http404("campaign")
    before = CampaignFlag.objects.filter(product=product, year=int(year)).first()
    flag = None
    if step:
        flag, _made = CampaignFlag.objects.update_or_create(
            product=product, year=int(year),
            defaults={"step": step, "target": _number(given.get("target", "")), "note": given.get("note", "")[:500],
                      "set_by": actor.name, "set_at": now},
        )  # fmt: skip
    elif before is not None:
        before.delete()
    record(
        actor=actor, now=now, action="campaign-set", object_type="campaign",
        object_key=f"{enterprise.code}/{product.code}/{year}", region_path=enterprise.region.path,
        before={"step": str(before.step)} if before else None, after={"step": step},
    )  # fmt: skip
    return flag


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None
