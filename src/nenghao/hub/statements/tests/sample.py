"""Statements of last month in every state, beside the sample province of the monitoring pages.

示例钢铁 has none yet: a test or a person starts it. ``python -m nenghao.hub.statements.tests.sample`` adds them to the
hub of ``NENGHAO_DATA_DIR`` that holds the monitoring sample.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nenghao.periods import BEIJING

STEEL = "91370600MA3SAMPLE1"
STATES = {
    "91370600MA3SAMPLE2": "accepted", "91370600MA3SAMPLE3": "returned", "91370200MA3SAMPLE4": "submitted",
    "91370200MA3SAMPLE5": "draft",
}  # fmt: skip
DIESEL = (("opening_stock", 12.0), ("purchase", 30.0), ("closing_stock", 14.0))
"""What the steel plant books of diesel [t]: 28 t must have been used, which nobody meters."""


def fill(store: Any, now: datetime) -> None:
    """Start last month's 205-1 of the sample plants and bring each as far as :data:`STATES` says."""
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.evidence.models import MonthlyFigure
    from nenghao.hub.registry.models import Enterprise
    from nenghao.hub.statements.periods import last_ended

    actor, period = Actor.command("sample"), last_ended("month", now.date())
    steel = Enterprise.objects.get(code=STEEL)
    for kind, quantity in DIESEL:
        MonthlyFigure.objects.create(
            enterprise=steel, energy_key="diesel", month=period.start, kind=kind, quantity=quantity,
            entered_quantity=quantity, entered_unit="t", entered_by="plant", entered_at=now,
        )  # fmt: skip
    for code, state in STATES.items():
        _bring(actor, now, store, Enterprise.objects.select_related("region", "industry").get(code=code), period, state)


def _bring(actor: Any, now: datetime, store: Any, enterprise: Any, period: Any, state: str) -> None:
    from nenghao.hub.statements import deciding, drafting
    from nenghao.hub.statements.documents import document_of

    who = {"actor": actor, "now": now}
    made = drafting.start(**who, store=store, enterprise=enterprise, form_key="205-1", period=period)
    if state == "draft":
        return
    cells = {"foot:-:filled_by": "赵统计", "foot:-:statistics_person": "孙主任", "foot:-:filled_on": f"{now:%Y-%m-%d}"}
    drafting.save_cells(**who, filing_id=made.pk, cells=cells)
    made.refresh_from_db()
    for problem in document_of(made).problems():
        drafting.explain(**who, filing_id=made.pk, problem_id=problem.id, text="示例说明")
    deciding.submit(**who, filing_id=made.pk)
    if state == "returned":
        deciding.send_back(**who, filing_id=made.pk, reason="请补报柴油消费量")
    elif state == "accepted":
        deciding.accept(**who, filing_id=made.pk)


def main() -> None:
    """Fill the hub of ``NENGHAO_DATA_DIR``."""
    import django

    django.setup()
    from nenghao.hub.registry.sync import refresh
    from nenghao.hub.store import close_store, get_store

    refresh()
    fill(get_store(), datetime.now(BEIJING))
    close_store()


if __name__ == "__main__":
    main()
