"""What the sample hub needs for accounts: equivalent values, coal in store, an export; the serving hub computes them.

``python -m nenghao.hub.energy_accounts.tests.sample`` adds them to the hub of ``NENGHAO_DATA_DIR``, which the sample of
monitoring has filled.
"""

from __future__ import annotations

from datetime import datetime

from nenghao.hub.monitoring.tests.sample import STEEL
from nenghao.periods import BEIJING

COAL = {"purchase": 820.0, "opening_stock": 150.0, "closing_stock": 170.0}
EQUIVALENT_KGCE = {"electricity": 0.302, "heat": 40.1}
"""Made up, as is everything in the sample [kgce per base unit]."""


def fill_accounts(now: datetime) -> None:
    """State and file what the pages of accounts show beside readings."""
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.energy_accounts.stating import state_equivalent
    from nenghao.hub.evidence.entry import FIGURES, enter
    from nenghao.hub.registry.models import Enterprise, Region

    actor, province = Actor.command("sample"), Region.objects.get(code="370000")
    for year in (now.year - 1, now.year):
        for key, value in EQUIVALENT_KGCE.items():
            state_equivalent(
                actor=actor, account=None, now=now, region=province, energy_key=key, year=year, kgce_per_unit=value,
                source="示例，非真实等价值", is_simulated=True,
            )  # fmt: skip
    month = now.date().replace(day=1)
    rows = [_row("raw_coal", month, kind, quantity, "t") for kind, quantity in COAL.items()]
    rows.append(_row("heat", month, "exported", 35.0, "GJ"))
    enter(actor=actor, now=now, enterprise=Enterprise.objects.get(code=STEEL), ledger=FIGURES, rows=rows)


def _row(energy_key, month, kind, quantity, unit):
    return {
        "energy_key": energy_key, "month": month, "kind": kind, "quantity": quantity, "entered_quantity": quantity,
        "entered_unit": unit, "document": "示例凭证",
    }  # fmt: skip


def main() -> None:
    """Fill the hub of ``NENGHAO_DATA_DIR``."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    import django

    django.setup()
    fill_accounts(datetime.now(BEIJING))


if __name__ == "__main__":
    main()
