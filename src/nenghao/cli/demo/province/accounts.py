"""The accounts of the synthetic province."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nenghao.cli.demo.platform import PASSWORD, DemoAccount
from nenghao.cli.demo.province.plan import PROVINCE, Plan

CITIES = 2
MANAGERS = 3


def demo_accounts(plan: Plan) -> list[DemoAccount]:
    """Name two officers of the province (approvals need a second person), officers of cities, managers, operator."""
    found = [
        DemoAccount("province", "officer", "省级主管甲（合成）", "省节能主管部门 provincial officer", PROVINCE),
        DemoAccount("province2", "officer", "省级主管乙（合成）", "省主管第二人 second provincial officer", PROVINCE),
    ]
    cities = list(dict.fromkeys(f"{row.county[:4]}00" for row in plan.enterprises))[:CITIES]
    for number, city in enumerate(cities, start=1):
        name = "city" if number == 1 else f"city{number}"
        found.append(
            DemoAccount(name, "officer", f"市级主管{number}（合成）", f"市节能主管部门 city officer {city}", city)
        )
    for number, row in enumerate(plan.enterprises[:MANAGERS], start=1):
        name = "manager" if number == 1 else f"manager{number}"
        about = f"能源管理员 energy manager, {row.name}"
        found.append(DemoAccount(name, "energy_manager", f"能源管理员{number}（合成）", about, "", row.code))
    found.append(DemoAccount("operator", "operator", "平台运维（合成）", "系统运维 operator", PROVINCE))
    return found


def load_accounts(plan: Plan, now: datetime) -> list[DemoAccount]:
    """Create them with the password of every demonstration."""
    from nenghao.cli.demo.province.load_registry import ACTOR  # noqa: PLC0415 - models need Django to be set up
    from nenghao.hub.accounts import services  # noqa: PLC0415

    accounts: Sequence[DemoAccount] = demo_accounts(plan)
    for account in accounts:
        region, enterprise = services.node(region_code=account.region, enterprise_code=account.enterprise)
        services.create_account(
            actor=ACTOR, now=now, username=account.username, password=PASSWORD, role=account.role, region=region,
            enterprise=enterprise, full_name=account.full_name,
        )  # fmt: skip
    return list(accounts)
