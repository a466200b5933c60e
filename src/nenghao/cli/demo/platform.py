"""The demonstration's platform: set up, with its accounts and its one enterprise, and looked into afterwards.

Called in the demonstration's own process with ``NENGHAO_DATA_DIR`` set; the readings are only opened once the hub has
stopped, for its DuckDB file has one owner.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from nenghao.cli.demo import plant
from nenghao.cli.demo.timeline import Timeline
from nenghao.errors import NenghaoError

PASSWORD = "nenghao-demo-2026"  # noqa: S105 - printed for everyone to see; a demonstration has no secrets


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration: what it is and where it belongs."""

    username: str
    role: str
    full_name: str
    about: str
    region: str = ""
    enterprise: str = ""


ACCOUNTS = (
    DemoAccount("province", "officer", "省级主管（演示）", "省节能主管部门 provincial officer", plant.PROVINCE_CODE),
    DemoAccount("city", "officer", "市级主管（演示）", "市节能主管部门 city officer", plant.CITY_CODE),
    DemoAccount(
        "manager", "energy_manager", "能源管理员（演示）", "用能单位 energy manager", "", plant.ENTERPRISE_CODE
    ),
    DemoAccount("operator", "operator", "平台运维（演示）", "系统运维 operator", plant.PROVINCE_CODE),
)


def environment(data_dir: Path) -> dict[str, str]:
    """Give the environment of every process of the demonstration."""
    return {
        "NENGHAO_DATA_DIR": str(data_dir), "NENGHAO_LEVEL": "province", "NENGHAO_ENVIRONMENT": "demo",
        "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings", "NENGHAO_LOG_LEVEL": "WARNING",
    }  # fmt: skip


def load_django(data_dir: Path) -> None:
    """Make the models usable in this process."""
    import django  # noqa: PLC0415 - the environment must be set first

    os.environ.update(environment(data_dir))
    django.setup()


def create() -> None:
    """Register the enterprise and the accounts (the database exists already: ``nenghao hub init``)."""
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.accounts import services as accounts  # noqa: PLC0415
    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.registry import services as registry  # noqa: PLC0415

    actor, now = Actor.command("nenghao demo"), timezone.now()
    registry.create_enterprise(
        actor=actor, now=now, code=plant.ENTERPRISE_CODE, name=plant.ENTERPRISE_NAME,
        region=registry.find_region(plant.REGION_CODE), industry=registry.find_industry(plant.INDUSTRY_CODE),
    )  # fmt: skip
    for account in ACCOUNTS:
        region, enterprise = accounts.node(region_code=account.region, enterprise_code=account.enterprise)
        accounts.create_account(
            actor=actor, now=now, username=account.username, password=PASSWORD, role=account.role,
            region=region, enterprise=enterprise, full_name=account.full_name,
        )  # fmt: skip


def approve(device_id: str) -> None:
    """Approve the edge, as the operator would on the page of devices."""
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.registry import services as registry  # noqa: PLC0415

    registry.decide_device(
        actor=Actor.command("nenghao demo"), now=timezone.now(), device_id=device_id, status="approved"
    )


def daily_electricity(timeline: Timeline) -> list[dict[str, Any]]:
    """Read the plant's electricity by day back from the hub's store.

    >>> daily_electricity(Timeline.as_recorded(1))  # doctest: +SKIP
    [{'date': '2018-01-01', 'electricity_kwh': 416.53, 'electricity_tce': 0.0512, 'state': 'measured'}]
    """

    from nenghao.hub.registry.models import Enterprise  # noqa: PLC0415
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415
    from nenghao.periods import PeriodKind  # noqa: PLC0415
    from nenghao.readings.energy import enterprise_cells  # noqa: PLC0415

    enterprise = Enterprise.objects.get(code=plant.ENTERPRISE_CODE)
    store = get_store()
    try:
        store.rollup_pending()
        cells = enterprise_cells(
            store, enterprise_ids=[enterprise.pk], kind=PeriodKind.DAY, start=timeline.first,
            end=timeline.first + timedelta(days=timeline.days),
        )  # fmt: skip
    finally:
        close_store()
    return [
        {
            "date": f"{cell.period_start:%Y-%m-%d}",
            "electricity_kwh": cell.quantity,
            "electricity_tce": cell.tce,
            "state": cell.state,
        }
        for cell in cells
        if cell.energy_key == "electricity"
    ]


def fresh_folder(folder: Path) -> None:
    """Empty a folder of an earlier demonstration; refuse one that holds anything else."""
    marker = folder / "nenghao-demo"
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise NenghaoError(
            "demo-folder", f"目录 {folder} 不是演示目录，不会清空",
            f"{folder} is no folder of a demonstration; it is not emptied",
            field="data-dir", mend_zh="换一个空目录", mend_en="name an empty folder",
        )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.write_text("This folder belongs to nenghao demo, which empties it at every start.\n", encoding="utf-8")
