"""Products, outputs and values of the sample plants, so that verdicts and indicators have something to show.

``python -m nenghao.hub.quotas.tests.sample`` adds them to the hub of ``NENGHAO_DATA_DIR``, which the samples of
monitoring and accounts have filled.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from nenghao.periods import BEIJING, PeriodKind

PRODUCTS = (
    # credit code, product, unit, product and condition of the quota tables, made-up unit consumption [kgce/unit]
    ("91370600MA3SAMPLE1", "电炉钢", "t", "电弧炉工序", "公称容量≥70 t", 66.0),
    ("91370600MA3SAMPLE2", "42.5 级水泥", "t", "水泥", "", 86.0),
    ("91370600MA3SAMPLE3", "尿素", "t", "尿素", "CO2压缩机电动机驱动", 127.0),
    ("91370200MA3SAMPLE4", "箱纸板", "t", "箱纸板、石膏板护面纸板", "", 204.0),
    ("91370200MA3SAMPLE5", "浮法玻璃", "重箱", "平板玻璃", "设计能力≤500 t/d", 17.8),
)
PARAMETERS = {
    "电弧炉工序": {"hot_metal_ratio_pct": 10.0, "arc_steel": "quality_carbon"},
    "水泥": {"clinker_ratio_pct": 75.0},
    "平板玻璃": {"capacity_utilisation_pct": 99.0, "thickness_factor": 1.0, "iron_factor": 1.0, "line_adjustment": 1.0},
}
"""What corrections ask for; made up like the rest."""
YUAN_PER_TCE = {"output_value_current": 21_000.0, "output_value_constant": 20_600.0, "value_added_constant": 5_200.0,
                "energy_cost": 2_450.0, "production_cost": 16_800.0}  # fmt: skip
APPLICANT = "91370200MA3SAMPLE4"


def fill(store: Any, now: datetime) -> None:
    """File what the months that are over need, and let the paper mill apply to be a leader."""
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.energy_accounts.services import refresh
    from nenghao.hub.production.models import Product
    from nenghao.hub.quotas import leaders, services
    from nenghao.hub.registry.models import Enterprise

    refresh(store=store, now=now)
    actor = Actor.command("sample")
    for code, name, unit, quota_product, condition, kgce_per_unit in PRODUCTS:
        product = Product.objects.create(
            enterprise=Enterprise.objects.select_related("region").get(code=code), code="P1", name=f"{name}（示例）",
            unit=unit, quota_product=quota_product, quota_condition=condition,
        )  # fmt: skip
        _file(store, actor, now, product, kgce_per_unit)
    services.refresh_all(store=store, now=now)
    mill = Product.objects.get(enterprise__code=APPLICANT)
    if leaders.yearly_verdicts([mill.pk], now.year, now.date()):  # none in January: no month of the year is over
        leaders.apply(
            actor=actor, now=now, enterprise=mill.enterprise, product_id=mill.pk, year=now.year, declared=True,
            statement="压榨部改造，回收烘缸冷凝水（示例）",
        )  # fmt: skip


def _file(store: Any, actor: Any, now: datetime, product: Any, kgce_per_unit: float) -> None:
    """File outputs that make the unit consumption come out a little better every month, and values by the tce used."""
    from nenghao.hub.energy_accounts.services import month_totals
    from nenghao.hub.evidence.entry import enter
    from nenghao.hub.production.entry import ECONOMICS, file_output

    running = PeriodKind.MONTH.floor(now).date()
    known = month_totals(store=store, enterprise_ids=[product.enterprise_id], start=date(2000, 1, 1), end=running)
    months = known.month.astype("datetime64[D]").tolist()
    for place, (month, tce) in enumerate(zip(months, known.tce_calorific.tolist(), strict=True)):
        if not tce > 0:
            continue
        quantity = round(tce * 1000 / (kgce_per_unit * (1.02 - 0.01 * place)), 1)
        file_output(actor=actor, now=now, product=product, month=month, quantity=quantity,
                    parameters=PARAMETERS.get(product.quota_product, {}))  # fmt: skip
        rows = [
            {"month": month, "kind": kind, "amount_yuan": round(tce * yuan, 2), "document": "示例",
             "price_year": month.year - 1 if kind.endswith("constant") else None}
            for kind, yuan in YUAN_PER_TCE.items()
        ]  # fmt: skip
        enter(actor=actor, now=now, enterprise=product.enterprise, ledger=ECONOMICS, rows=rows)


def main() -> None:
    """Fill the hub of ``NENGHAO_DATA_DIR``."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    import django

    django.setup()
    from django.conf import settings

    from nenghao.hub.store import FILE_NAME
    from nenghao.readings import ReadingStore

    with ReadingStore.open(settings.NENGHAO_DATA_DIR / FILE_NAME) as store:
        fill(store, datetime.now(BEIJING))


if __name__ == "__main__":
    main()
