"""The demonstration's platform: set up, with its accounts and its one enterprise, and looked into afterwards.

Run as a program in the platform's environment (:func:`environment`): ``create`` registers enterprise and accounts,
``label`` marks what is simulated, ``days FIRST DAYS`` prints what the store holds, once the hub has stopped, for its
DuckDB file has one owner.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from nenghao.cli.demo import plant
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


def environment(data_dir: Path, profile: str) -> dict[str, str]:
    """Give the environment of every process of the demonstration."""
    return {
        "NENGHAO_DATA_DIR": str(data_dir), "NENGHAO_DATABASE_URL": "", "NENGHAO_LEVEL": "province",
        "NENGHAO_ENVIRONMENT": "demo", "NENGHAO_PROFILE": profile, "NENGHAO_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
    }  # fmt: skip


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
        is_simulated=True,
    )  # fmt: skip
    for account in ACCOUNTS:
        region, enterprise = accounts.node(region_code=account.region, enterprise_code=account.enterprise)
        accounts.create_account(
            actor=actor, now=now, username=account.username, password=PASSWORD, role=account.role,
            region=region, enterprise=enterprise, full_name=account.full_name,
        )  # fmt: skip


def label_simulated() -> None:
    """Mark the data items that are invented, once the gateway has uploaded its configuration: all but electricity."""
    from nenghao.hub.registry.models import DataItem  # noqa: PLC0415

    DataItem.objects.exclude(data_code=plant.ELECTRICITY_ITEM).update(is_simulated=True)


def daily_electricity(first: date, days: int) -> list[dict[str, Any]]:
    """Read the plant's electricity by day back from the hub's store: date, kWh, tce, state."""

    from nenghao.hub.registry.models import Enterprise  # noqa: PLC0415
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415
    from nenghao.periods import PeriodKind  # noqa: PLC0415
    from nenghao.readings.energy import enterprise_cells  # noqa: PLC0415

    enterprise = Enterprise.objects.get(code=plant.ENTERPRISE_CODE)
    store = get_store()
    try:
        store.rollup_pending()
        cells = enterprise_cells(
            store, enterprise_ids=[enterprise.pk], kind=PeriodKind.DAY, start=first,
            end=first + timedelta(days=days),
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


def main(arguments: list[str]) -> None:
    """Do what ``arguments`` say; the models are usable from here on."""
    import django  # noqa: PLC0415 - only this program needs it

    django.setup()
    if arguments[0] == "create":
        create()
    elif arguments[0] == "label":
        label_simulated()
    else:
        print(json.dumps(daily_electricity(date.fromisoformat(arguments[1]), int(arguments[2]))))


if __name__ == "__main__":
    main(sys.argv[1:])
