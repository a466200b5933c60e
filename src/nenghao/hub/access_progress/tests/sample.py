"""An enterprise with a plan, a ticket, an exemption and an acceptance, whose region has filed: for tests of tenancy."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from nenghao.hub.access_progress import acceptance, exemptions, organisation, plans, tickets
from nenghao.hub.access_progress.models import RegionDuty
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Enterprise


def fill_access(*, actor: Actor, now: datetime, enterprise: Enterprise, name: str) -> None:
    """Give one enterprise one of everything; every text holds ``name``."""
    who: dict[str, Any] = {"actor": actor, "now": now}
    facts = {"tier": "thousand", "batch": f"{name}批", "listed_on": date(2025, 1, 1), "remark": f"{name}备注"}
    plans.put_plans(**who, rows=[(enterprise, facts)], reason="")
    tickets.open_ticket(**who, enterprise=enterprise, kind="device", fault_at=now - timedelta(days=9), description=name)
    exemptions.grant(
        **who, enterprise=enterprise, consent_number=f"{name}函", consent_by=name, consented_on=date(2025, 1, 1),
        energies=["heat"], valid_from=date(2025, 1, 1), expires_on=date(2027, 1, 1), remaining=f"{name}热力",
    )  # fmt: skip
    acceptance.start(**who, kind="enterprise", enterprise=enterprise)
    if not RegionDuty.objects.filter(region=enterprise.region).exists():
        duty = {
            "effective_on": date(2025, 1, 1), "lead_department": f"{name}发改委", "builder": f"{name}中心",
            "mechanism": "", "platform_plan": "", "access_plan": "", "documents": "",
        }  # fmt: skip
        person = {"name": f"{name}人", "phone": "0535-0000000"}
        organisation.file_duty(**who, region=enterprise.region, facts=duty, persons=[person], reason="首次报送")
