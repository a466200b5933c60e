"""The edge's side of the national dialect: the configuration upload, the instruments, and outbox rows as records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from nenghao.edge.book import OutboxRow
from nenghao.edge.config import EdgePlan, ItemPlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.periods import from_ms, wall
from nenghao.protocol import (
    CollectItemConfig,
    DataCode,
    EnergyRecord,
    EnterpriseInfo,
    MeteringInfo,
    ProcessInfo,
    ProcessUnitInfo,
    WireState,
    build_config_upload,
    build_metering_upload,
    wire_text,
)

STATES = tuple(state.word for state in WireState)


def config_body(plan: EdgePlan, to: DestinationPlan, device_id: str) -> bytes:
    """Build ``uploadConfigData`` from the configuration."""
    config = plan.config
    return build_config_upload(
        device_id,
        to.section.enterprise_code,
        items=[row for item in plan.items.values() for row in _item_rows(to, item)],
        enterprise=_enterprise(plan, to),
        processes=[
            ProcessInfo(process_code=p.code, process_name=p.name, industry_code=p.industry_code, system=_flag(p.system))
            for p in config.process
        ],
        process_units=[
            ProcessUnitInfo(code=u.code, name=u.name, process_code=u.process_code) for u in config.process_unit
        ],
    )


def metering_body(plan: EdgePlan, to: DestinationPlan, device_id: str) -> bytes:
    """Build ``uploadMeteringData``: one row per meter and item that it feeds."""
    return build_metering_upload(device_id, to.section.enterprise_code, list(_instruments(plan)), to.profile)


def config_fingerprint(plan: EdgePlan, to: DestinationPlan) -> str:
    """Give a hash of all that the configuration uploads carry: it changes when they must be sent again."""
    return hashlib.sha256(config_body(plan, to, "") + metering_body(plan, to, "")).hexdigest()


def energy_record(plan: EdgePlan, row: OutboxRow) -> EnergyRecord:
    """Turn an outbox row into a record, in the dictionary unit."""
    item = plan.items[row.data_code]
    return EnergyRecord(
        data_code=row.data_code,
        data_value=wire_text(row.value, item.energy.base_unit, item.energy.wire_unit),
        input_type=str(item.section.input_type),
        stat_type=str(row.stat_type),
        stat_date=wall(from_ms(row.start_ms)).strftime("%Y-%m-%d %H:%M:%S"),
        scope=str(item.section.scope),
        state=STATES[row.state],
    )


def _item_rows(to: DestinationPlan, item: ItemPlan) -> Iterator[CollectItemConfig]:
    section, code = item.section, DataCode.parse(item.section.data_code)
    for stat_type in section.stat_types:
        yield CollectItemConfig(
            name=section.name, process_code=code.process, process_unit_code=code.process_unit,
            equipment_code=code.equipment, equipment_unit_code=code.equipment_unit,
            energy_class_code=code.energy_class, energy_type_code=code.energy_type, data_usage_code=code.usage,
            input_type=str(section.input_type), stat_type=str(stat_type), scope=str(section.scope),
            data_code=section.data_code, data_value_max=section.value_max, data_value_min=section.value_min,
            realtime_minutes={"15min": "15", "hour": "60"}[to.realtime] if stat_type == 0 else "",
            may_be_negative=_flag(any(sign < 0 for _, sign in item.meters)) if len(item.meters) > 1 else "",
        )  # fmt: skip


def _enterprise(plan: EdgePlan, to: DestinationPlan) -> EnterpriseInfo:
    words = msgspec.structs.asdict(plan.config.enterprise)
    code = to.section.enterprise_code
    words |= {key: _flag(words[key]) for key in ("center", "jgzh")}
    return EnterpriseInfo(code=code, corporation_code=code, region_code=to.section.region_code, **words)


def _instruments(plan: EdgePlan) -> Iterator[MeteringInfo]:
    for item in plan.items.values():
        for meter_id, sign in item.meters:
            meter = plan.meters[meter_id].section
            words = msgspec.structs.asdict(meter.instrument)
            words["manage_code"] = words["manage_code"] or meter.id
            yield MeteringInfo(
                metering_name=meter.name, metering_parameter=meter.energy, data_code=item.section.data_code,
                data_code_calculate="1" if sign > 0 else "2", data_code_ratio="1", **words,
            )  # fmt: skip


def _flag(value: bool) -> str:
    return "true" if value else "false"
