"""Seeds the hub of the ingest measurement: enterprises, approved devices and data items, through the hub's services.

Run as a program in the hub's environment, with the numbers of enterprises and of items; prints the gateways as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TypedDict

ITEMS = 20
"""Data items of an enterprise, unless told otherwise: its purchased electricity and nineteen pieces of equipment."""


class Gateway(TypedDict):
    """What a load generator must know to send as one enterprise."""

    device_id: str
    enterprise_code: str
    enterprise_pk: int
    data_codes: list[str]


def data_code(number: int) -> str:
    """Give the code of the n-th item; 0 is the whole plant's electricity."""
    return "00-00-0000-023300-10" if number == 0 else f"01-01-01{number:02}-023300-40"


def seed(enterprises: int, items: int) -> list[Gateway]:
    """Register the enterprises with so many items (at most 100) and one approved device each."""
    from django.db import transaction  # noqa: PLC0415 -- importable only once Django is set up

    with transaction.atomic():
        return [_gateway(number, items) for number in range(enterprises)]


def _gateway(number: int, items: int) -> Gateway:
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.registry import configuration, services  # noqa: PLC0415

    now, actor, code = timezone.now(), Actor.command("nenghao bench ingest"), f"91370000BENCH{number:05}"
    enterprise = services.create_enterprise(
        actor=actor, now=now, code=code, name=f"测速企业{number}", region=services.find_region("370000"),
        industry=services.find_industry("C31"), check_code=False,
    )  # fmt: skip
    codes = [data_code(item) for item in range(items)]
    rows = [_item(item, data_code) for item, data_code in enumerate(codes)]
    configuration.put_data_items(actor=actor, now=now, enterprise=enterprise, rows=rows)
    device = services.register_device(actor=actor, now=now, enterprise=enterprise)
    services.decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
    return {
        "device_id": device.device_id, "enterprise_code": code, "enterprise_pk": enterprise.pk, "data_codes": codes,
    }  # fmt: skip


def _item(number: int, code: str) -> dict[str, object]:
    return {
        "data_code": code, "name": f"电力 {number}", "energy_key": "electricity", "class_code": "02",
        "type_code": "3300", "usage_code": code[-2:], "scope": 4 if number else 1, "input_type": 1,
        "stat_types": "01", "realtime_minutes": 15, "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 1e4,
        "counts_in_total": number == 0,
    }  # fmt: skip


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()
    json.dump(seed(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
