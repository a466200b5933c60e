"""Seeds a province of the chain's measurement: enterprises in its cities, approved devices, data items.

Run as a program in the hub's environment: region code, number of enterprises; prints the gateways as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TypedDict

ITEMS = 5
LARGE, SMALL = 5, 3
"""Energy consume levels: every second enterprise is a large one, forwarded in real time."""


class Gateway(TypedDict):
    """What the load must know to send as one enterprise."""

    device_id: str
    enterprise_code: str
    data_codes: list[str]
    is_large: bool


def seed(region: str, enterprises: int) -> list[Gateway]:
    """Register the enterprises with their items and one approved device each."""
    from django.db import transaction  # noqa: PLC0415 -- importable only once Django is set up

    from nenghao.hub.registry.models import Region  # noqa: PLC0415

    cities = list(Region.objects.filter(parent_id=region).order_by("code"))
    with transaction.atomic():
        return [_gateway(cities[number % len(cities)], region, number) for number in range(enterprises)]


def data_code(number: int) -> str:
    """Give the code of the n-th item; 0 is the whole plant's electricity."""
    return "00-00-0000-023300-10" if number == 0 else f"01-01-01{number:02}-023300-40"


def _gateway(city: object, region: str, number: int) -> Gateway:
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.registry import configuration, services  # noqa: PLC0415

    now, actor, code = timezone.now(), Actor.command("nenghao bench chain"), f"91{region}CHAIN{number:05}"
    is_large = number % 2 == 0
    enterprise = services.create_enterprise(
        actor=actor, now=now, code=code, name=f"{region} 企业 {number}", region=city,  # pyright: ignore[reportArgumentType]
        industry=services.find_industry("C31"), check_code=False, energy_consume_level=LARGE if is_large else SMALL,
    )  # fmt: skip
    codes = [data_code(item) for item in range(ITEMS)]
    rows = [_item(item, data_code) for item, data_code in enumerate(codes)]
    configuration.put_data_items(actor=actor, now=now, enterprise=enterprise, rows=rows)
    device = services.register_device(actor=actor, now=now, enterprise=enterprise)
    services.decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
    return {"device_id": device.device_id, "enterprise_code": code, "data_codes": codes, "is_large": is_large}


def _item(number: int, code: str) -> dict[str, object]:
    return {
        "data_code": code, "name": f"电力 {number}", "energy_key": "electricity", "class_code": "02",
        "type_code": "3300", "usage_code": code[-2:], "scope": 4 if number else 1, "input_type": 4,
        "stat_types": "01", "realtime_minutes": 15, "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 1e4,
        "counts_in_total": number == 0,
    }  # fmt: skip


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()
    json.dump(seed(sys.argv[1], int(sys.argv[2])), sys.stdout)
