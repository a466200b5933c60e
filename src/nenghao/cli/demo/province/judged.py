"""Reads the findings of a built province and judges them; run in the platform's environment, prints JSON."""

from __future__ import annotations

import json
from pathlib import Path


def main() -> None:
    """Judge the province of ``NENGHAO_DATA_DIR``."""
    import django  # noqa: PLC0415 - only this program needs it

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    from nenghao.cli.demo.province.matching import Found, Item, judge  # noqa: PLC0415
    from nenghao.cli.demo.province.truth import read_truth  # noqa: PLC0415
    from nenghao.hub.registry.models import DataItem, Enterprise  # noqa: PLC0415
    from nenghao.hub.store import FILE_NAME  # noqa: PLC0415
    from nenghao.quality.flags import Flag  # noqa: PLC0415
    from nenghao.readings import ReadingStore  # noqa: PLC0415

    folder = Path(settings.NENGHAO_DATA_DIR)
    facts, faults = read_truth(folder)
    plants = dict(Enterprise.objects.values_list("pk", "code"))
    named, items = {0: ""}, {}
    for pk, owner, code, energy, stat_types in DataItem.objects.values_list(
        "pk", "enterprise_id", "data_code", "energy_key", "stat_types"
    ):
        named[pk] = code
        items[plants[owner], code] = Item(energy, stat_types)
    query = """SELECT enterprise_id, data_item_id, coalesce(other_item_id, 0), coalesce(energy_key, ''), stat_type,
        period_start, period_end, check_code FROM quality_finding WHERE flag >= $least ORDER BY ALL"""
    with ReadingStore.open(folder / FILE_NAME) as store, store.cursor() as cursor:
        rows = cursor.execute(query, {"least": int(Flag.SUSPECT)}).fetchall()
    findings = [Found(plants[row[0]], named.get(row[1], ""), named.get(row[2], ""), row[3], *row[4:]) for row in rows]
    print(json.dumps(facts | judge(faults, findings, items), ensure_ascii=False))


if __name__ == "__main__":
    main()
