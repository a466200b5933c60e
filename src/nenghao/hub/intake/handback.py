"""The registry's rows as the wire's configuration messages: what an enterprise sent, handed back as it was sent.

The inverse of :mod:`nenghao.hub.intake.mappings` and :mod:`nenghao.hub.intake.items`. Code, name, region and
industry of an enterprise are those of the authority; dates, flags and numbers are written in one form whatever form
they came in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from django.db import models

from nenghao.hub.intake.items import PER_TYPE
from nenghao.hub.intake.mappings import ENTERPRISE, METER
from nenghao.hub.registry.models import DataItem, Enterprise, Meter, Process, ProcessUnit
from nenghao.protocol import (
    CollectItemConfig,
    DataCode,
    EnterpriseInfo,
    GroupInfo,
    MeteringInfo,
    ProcessInfo,
    ProcessUnitInfo,
)
from nenghao.protocol.numbers import plain_text

M = TypeVar("M", EnterpriseInfo, MeteringInfo)
_MOMENTS = frozenset({"registered_on"})
"""Days that the wire writes with a time of day."""


def enterprise_info(enterprise: Enterprise) -> EnterpriseInfo:
    """Give ``uploadConfigData.enterprise``; the enterprise comes with its region."""
    texts = _texts(enterprise, ENTERPRISE.fields)
    texts["corporationCode"] = texts["corporationCode"] or enterprise.code
    return _message(
        EnterpriseInfo, texts, code=enterprise.code, name=enterprise.name, regionCode=enterprise.region_id,
        regionName=enterprise.region.name, industryCode=enterprise.industry_id,
    )  # fmt: skip


def group_info(enterprise: Enterprise) -> GroupInfo | None:
    """Give ``uploadConfigData.group``, where the enterprise belongs to one."""
    group = enterprise.group
    return None if group is None else GroupInfo(name=group.name, address=group.address, remark=group.remark)


def process_rows(process: Process) -> Iterator[ProcessInfo]:
    """Give the row of a process."""
    yield ProcessInfo(
        process_code=process.code, process_name=process.name, industry_code=process.industry_code,
        remark=process.remark, system=_text(process.from_dictionary),
    )  # fmt: skip


def process_unit_rows(unit: ProcessUnit) -> Iterator[ProcessUnitInfo]:
    """Give the row of a process unit, which comes with its process."""
    yield ProcessUnitInfo(
        code=unit.code, name=unit.name, process_code=unit.process.code, process_name=unit.process.name,
        comm_date=_text(unit.commissioned_on), designed_capacity=unit.designed_capacity,
    )  # fmt: skip


def item_rows(item: DataItem) -> Iterator[CollectItemConfig]:
    """Give the rows of a data item, one per statistic type, the shortest first."""
    code = DataCode.parse(item.data_code)
    own = {column: getattr(item, column) for column in PER_TYPE}
    for stat_type in item.stat_types:
        facts = {column: _text(value) for column, value in (own | item.by_stat_type.get(stat_type, {})).items()}
        yield CollectItemConfig(
            name=facts["name"], process_code=code.process, process_unit_code=code.process_unit,
            equipment_code=code.equipment, equipment_unit_code=code.equipment_unit,
            energy_class_code=code.energy_class, energy_type_code=code.energy_type, data_usage_code=code.usage,
            input_type=facts["input_type"], stat_type=stat_type, scope=str(item.scope), data_code=item.data_code,
            code=item.data_code, data_value_max=facts["value_max"], data_value_min=facts["value_min"],
            collect_system_name=facts["collect_system_name"], remark=facts["remark"],
            realtime_minutes=str(item.realtime_minutes) if stat_type == "0" else "",
            may_be_negative="true" if item.may_be_negative else "", active="" if item.active else "false",
        )  # fmt: skip


def meter_rows(meter: Meter) -> Iterator[MeteringInfo]:
    """Give the rows of an instrument, one per collect item that it feeds."""
    texts = _texts(meter, METER.fields)
    yield _message(MeteringInfo, texts)
    for feed in meter.also_feeds:
        yield _message(MeteringInfo, texts | feed)


def _texts(row: models.Model, fields: Mapping[str, tuple[str, Any]]) -> dict[str, str]:
    texts = {wire_name: _text(getattr(row, column)) for wire_name, (column, _read) in fields.items()}
    moments = [wire_name for wire_name, (column, _read) in fields.items() if column in _MOMENTS and texts[wire_name]]
    return texts | {wire_name: f"{texts[wire_name]} 00:00:00" for wire_name in moments}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _message(kind: type[M], texts: Mapping[str, str], **more: str) -> M:
    names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    return kind(**{names[wire_name]: text for wire_name, text in {**texts, **more}.items()})
