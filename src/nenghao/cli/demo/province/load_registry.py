"""Puts the plan into the registry: enterprises, processes, units, equipment, meters, data items, devices.

Everything is bulk-inserted under one registry version; every enterprise and item says that it is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from nenghao.cli.demo.province.books import Books, MeterPlan
from nenghao.cli.demo.province.plan import AUXILIARY, EnterprisePlan, ItemPlan, Plan
from nenghao.cli.demo.province.uploads import Keys
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import (
    DataItem,
    Device,
    Enterprise,
    Equipment,
    Meter,
    Process,
    ProcessUnit,
    Region,
    bump_version,
)
from nenghao.hub.registry.totals import counting_codes
from nenghao.reference import library

ACTOR = Actor.command("nenghao demo --province")
REMARK = "合成数据，由 nenghao demo --province 生成，非真实企业"
_STREAM = 8
OLD_EVERY = 9
"""One unit in so many has an outdated motor, the next one an outdated transformer."""
MACHINES = (
    # type, name, rated power [kW], (current models, outdated ones) with the year of service: all made up
    ("01", "主电机", 630.0, (
        (("YXKK500-4", 2016), ("YX3-355L2-4", 2012), ("YE4-400-4", 2022), ("YE3-400-4", 2019)),
        (("JS1512-6 6kV", 1988), ("ＪＫ６３０－２", 1992), ("J02-101-4", 1979), ("JS148-4/6000V", 1986)),
    )),
    ("02", "变压器", 1600.0, (
        (("S13-M-1600/10", 2014), ("SCB14-1600/10", 2022), ("S20-M-1600/10", 2021), ("SCB10-1600/10", 2009)),
        (("S9-1600/10", 1996), ("S7-1600/10", 1989), ("S8 1600/10", 1991), ("SG(B)8-1600/10", 1995)),
    )),
)  # fmt: skip
_CHUNK = 500
_LEVELS = ((5_000, 1), (10_000, 2), (100_000, 3), (500_000, 4), (3_000_000, 5))


@dataclass(frozen=True, slots=True)
class Registered:
    """The registry's rows by credit code, for what hangs on them."""

    enterprises: Mapping[str, Enterprise]
    keys: Mapping[str, Keys]
    meters: Mapping[tuple[str, str], Meter]
    """By credit code and management number."""


def yearly_tce(enterprise: EnterprisePlan, on: date) -> float:
    """Estimate what a plant of this size consumes in a year [tce], for its class and tier."""
    total = 0.0
    for item in enterprise.items:
        if item.plant and item.metered:
            total += item.per_day * 320 * library().coal_equivalent_factor(item.energy_key, on).value / 1000
    return total


@transaction.atomic
def load_registry(plan: Plan, books: Sequence[Books], now: datetime) -> Registered:
    """Insert everything; the transaction leaves one audit entry, not one for each of thousands of rows."""
    version = bump_version()
    enterprises = _put(Enterprise, (_enterprise(plan, row, now, version) for row in plan.enterprises))
    by_code = {row.code: row for row in enterprises}
    processes = _processes(plan, by_code, version)
    items = _put(DataItem, _items(plan, by_code, processes, version))
    meters = _put(Meter, (
        _meter(by_code[book.enterprise.code], meter, plan.last, version) for book in books for meter in book.meters
    ))  # fmt: skip
    devices = _put(
        Device, (_device(plan, by_code[row.code], row, now, version) for row in plan.enterprises if row.connected)
    )
    province = Region.objects.get(code="370000")
    record(
        actor=ACTOR, now=now, action="synthetic-province-loaded", object_type="region", object_key=province.code,
        region_path=province.path, after={"enterprises": len(enterprises), "seed": plan.seed, "data_items": len(items)},
        reason=REMARK,
    )  # fmt: skip
    return Registered(by_code, _keys(plan, by_code, items, devices), _by_number(books, meters))


def _keys(
    plan: Plan, by_code: Mapping[str, Enterprise], items: Sequence[DataItem], devices: Sequence[Device]
) -> dict[str, Keys]:
    """Give the keys of the connected enterprises; items stand in the order of the plan."""
    of_device = {device.enterprise_id: device.pk for device in devices}
    found: dict[str, Keys] = {}
    first = 0
    for row in plan.enterprises:
        own, owner = items[first : first + len(row.items)], by_code[row.code].pk
        first += len(row.items)
        if row.connected:
            found[row.code] = Keys(owner, of_device[owner], np.array([item.pk for item in own], dtype=np.int64))
    return found


def _by_number(books: Sequence[Books], meters: Sequence[Meter]) -> dict[tuple[str, str], Meter]:
    """Give the meters by enterprise and number; they were inserted in the order of the books."""
    named = [(book.enterprise.code, meter.manage_code) for book in books for meter in book.meters]
    return dict(zip(named, meters, strict=True))


def _put(model: type[Any], rows: Iterator[Any]) -> list[Any]:
    return model._default_manager.bulk_create(list(rows), batch_size=_CHUNK)


def _enterprise(plan: Plan, row: EnterprisePlan, now: datetime, version: int) -> Enterprise:
    tce = yearly_tce(row, plan.last)
    level = next((level for limit, level in _LEVELS if tce < limit), 6)
    rng = np.random.default_rng([plan.seed, _STREAM, row.number])
    return Enterprise(
        code=row.code, corporation_code=row.code, name=row.name, region_id=row.county, industry_id=row.industry.code,
        type_name="合成企业", is_simulated=True, created_at=now, version=version, energy_consume_level=level,
        is_energy_converter=row.industry.key in {"refining"}, energy_office="能源管理部（合成）",
        energy_manager_name=f"合成负责人{row.number:03d}", energy_manager_phone=f"0000-{row.number:07d}",
        address="合成地址", registered_on=date(2000, 1, 1) + timedelta(days=int(rng.integers(0, 6000))),
        management_system_certified=bool(rng.random() < 0.6), leading_products=row.industry.product.name,
        production_lines="、".join(process.name for process in row.industry.processes), remark=REMARK,
    )  # fmt: skip


def _processes(
    plan: Plan, by_code: Mapping[str, Enterprise], version: int
) -> dict[tuple[str, str], Process]:  # fmt: skip
    """Insert processes with two units each, and the equipment that uses the most."""
    rows, owners = [], []
    for plant in plan.enterprises:
        named = [*((process.code, process.name) for process in plant.industry.processes), AUXILIARY]
        for code, name in named:
            rows.append(Process(enterprise=by_code[plant.code], code=code, name=name, remark=REMARK, version=version))
            owners.append((plant.code, code))
    found = dict(zip(owners, _put(Process, iter(rows)), strict=True))
    capacity = {plant.code: plant.capacity for plant in plan.enterprises}
    units = _put(ProcessUnit, (
        ProcessUnit(process=process, code=f"{number:02d}", name=f"{process.name}{number}号单元", version=version,
                    designed_capacity=f"{capacity[owner[0]] / 2:.0f}/d（合成）")
        for owner, process in found.items() for number in (1, 2)
    ))  # fmt: skip
    _put(Equipment, (piece for place, unit in enumerate(units) for piece in _pieces(unit, place, version)))
    return found


def _pieces(unit: ProcessUnit, place: int, version: int) -> Iterator[Equipment]:
    """Give a unit its main motor and transformer: mostly current models, now and then one that is outdated (合成)."""
    for type_code, name, power, models in MACHINES:
        old = place % OLD_EVERY == int(type_code)
        choice = models[1 if old else 0]
        model, since = choice[place // (OLD_EVERY if old else 1) % len(choice)]
        yield Equipment(
            enterprise=unit.process.enterprise, process_unit=unit, type_code=type_code, number="01",
            name=f"{unit.name}{name}", model=model, manufacturer="合成设备厂", commissioned_on=date(since, 6, 1),
            rated_power_kw=power, version=version,
        )  # fmt: skip


def _items(
    plan: Plan, by_code: Mapping[str, Enterprise], processes: Mapping[tuple[str, str], Process], version: int
) -> Iterator[DataItem]:
    for plant in plan.enterprises:
        facts = [_facts(item) for item in plant.items]
        counting = counting_codes(facts)
        for item, row in zip(plant.items, facts, strict=True):
            yield DataItem(
                enterprise=by_code[plant.code], process=processes.get((plant.code, item.process)),
                counts_in_total=item.data_code in counting, version=version, **row,
            )  # fmt: skip


def _facts(item: ItemPlan) -> dict[str, Any]:
    return {
        "data_code": item.data_code, "name": item.name, "energy_key": item.energy_key,
        "class_code": item.data_code[11:13], "type_code": item.data_code[13:17], "usage_code": item.data_code[18:20],
        "scope": 2 if item.process else 1, "input_type": item.input_type,
        "stat_types": "012" if item.fine else "12", "realtime_minutes": 15, "wire_unit": item.wire_unit,
        "base_unit": item.base_unit, "wire_to_base": item.wire_to_base, "is_simulated": True, "remark": REMARK,
        "collect_system_name": "合成采集系统",
    }  # fmt: skip


def _meter(enterprise: Enterprise, meter: MeterPlan, last: date, version: int) -> Meter:
    newest = meter.certificates[-1]
    return Meter(
        enterprise=enterprise, manage_code=meter.manage_code, name=f"{meter.item.name}表", level=meter.level,
        parameter=meter.item.base_unit, data_code=meter.item.data_code, accuracy_class=meter.accuracy_class,
        model="合成型号", manufacturer="合成仪表厂", verification_cycle=f"{meter.cycle_months}",
        verification_state="合格" if newest.valid_until >= last else "超期", verified_on=newest.verified_on,
        verify_next_on=newest.valid_until, verified_by="合成计量院", installation_site=meter.item.name,
        installed_on=meter.replaced_on or date(2020, 1, 1), state=1, multiplier=meter.multiplier, version=version,
    )  # fmt: skip


def _device(plan: Plan, enterprise: Enterprise, row: EnterprisePlan, now: datetime, version: int) -> Device:
    rng = np.random.default_rng([plan.seed, _STREAM, row.number, 1])
    joined = datetime.combine(plan.first, time(9), tzinfo=now.tzinfo) - timedelta(days=int(rng.integers(1, 300)))
    return Device(
        device_id=rng.bytes(16).hex(), enterprise=enterprise, name="合成网关", status="approved", version=version,
        upload_time=time(row.slot_minute // 60, row.slot_minute % 60), registered_at=joined, decided_by="province",
        decided_at=joined + timedelta(hours=5), software_version="nenghao 合成", reason="合成数据",
        remote_address=f"10.{row.number // 250}.{row.number % 250}.8",
    )  # fmt: skip
