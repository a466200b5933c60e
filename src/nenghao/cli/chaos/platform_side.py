"""The platform's side of a chaos run, as a program in a hub's environment: ``seed COUNT``, and
``roll-up`` once it has stopped.
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
    else:
        roll_up()
