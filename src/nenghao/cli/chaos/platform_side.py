"""The platform's side of a chaos run, as a program in a hub's environment: ``seed COUNT``,
``approve`` whoever waits, ``roll-up`` once it has stopped.
"""

from __future__ import annotations

import os
import sys

from nenghao.cli.chaos.plants import INDUSTRY_CODE, REGION_CODE, enterprise_code


def seed(count: int) -> None:
    """Register made-up enterprises."""
    from django.db import transaction  # noqa: PLC0415 -- importable only once Django is set up
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.registry import services  # noqa: PLC0415

    region, industry = services.find_region(REGION_CODE), services.find_industry(INDUSTRY_CODE)
    with transaction.atomic():
        for number in range(count):
            services.create_enterprise(
                actor=Actor.command("nenghao chaos"), now=timezone.now(), code=enterprise_code(number),
                name=f"混沌测试企业（模拟）{number}", region=region, industry=industry, check_code=False,
                is_simulated=True,
            )  # fmt: skip


def approve_all() -> int:
    """Approve every device and every platform below that waits; give how many."""
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.chain.models import Platform  # noqa: PLC0415
    from nenghao.hub.chain.platforms import decide_platform  # noqa: PLC0415
    from nenghao.hub.registry.models import Device  # noqa: PLC0415
    from nenghao.hub.registry.models.collection import DeviceStatus  # noqa: PLC0415
    from nenghao.hub.registry.services import decide_device  # noqa: PLC0415

    by, now, pending = Actor.command("nenghao chaos"), timezone.now(), DeviceStatus.PENDING
    devices = list(Device.objects.filter(status=pending).values_list("device_id", flat=True))
    platforms = list(Platform.objects.filter(status=pending).values_list("platform_id", flat=True))
    for device_id in devices:
        decide_device(actor=by, now=now, device_id=device_id, status=DeviceStatus.APPROVED)
    for platform_id in platforms:
        decide_platform(actor=by, now=now, platform_id=platform_id, status=DeviceStatus.APPROVED)
    return len(devices) + len(platforms)


def roll_up() -> None:
    """Roll up what a killed platform had not come to."""
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415

    get_store().rollup_pending()
    close_store()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()
    if sys.argv[1] == "seed":
        seed(int(sys.argv[2]))
    elif sys.argv[1] == "approve":
        print(approve_all())
    else:
        roll_up()
