"""An enterprise of the registry as the wire's messages: base data, processes, units, items, meters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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
    Profile,
    build_config_upload,
    build_metering_upload,
)

ITEMS_PER_MESSAGE = 1000
METERS_PER_MESSAGE = 2000


def config_bodies(device_id: str, enterprise: Enterprise) -> Iterator[bytes]:
    """Give the ``uploadConfigData`` bodies of one enterprise: the first with all but further items.

    ``enterprise`` comes with region, industry and group; switched-off items are told as such.
    """
    items = list(DataItem.objects.filter(enterprise=enterprise).order_by("data_code"))
    parts = [items[at : at + ITEMS_PER_MESSAGE] for at in range(0, len(items), ITEMS_PER_MESSAGE)] or [[]]
    code = enterprise.code
    yield build_config_upload(
        device_id, code, items=_item_rows(parts[0]), enterprise=enterprise_info(enterprise), group=_group(enterprise),
        processes=_processes(enterprise), process_units=_process_units(enterprise),
    )  # fmt: skip
    for part in parts[1:]:
        yield build_config_upload(device_id, code, items=_item_rows(part))


def meter_bodies(device_id: str, enterprise: Enterprise, profile: Profile) -> Iterator[bytes]:
    """Give the ``uploadMeteringData`` bodies of one enterprise; none without meters."""
    meters = list(Meter.objects.filter(enterprise=enterprise).order_by("manage_code"))
    for at in range(0, len(meters), METERS_PER_MESSAGE):
        rows = [_meter(meter) for meter in meters[at : at + METERS_PER_MESSAGE]]
        yield build_metering_upload(device_id, enterprise.code, rows, profile)


def enterprise_info(enterprise: Enterprise) -> EnterpriseInfo:
    """Give the basic information of an enterprise; what is not known stays empty."""
    words = {wire: _word(getattr(enterprise, column)) for wire, (column, _read) in ENTERPRISE.fields.items()}
    return _struct(EnterpriseInfo, words | {
        "code": enterprise.code, "name": enterprise.name, "corporationCode": enterprise.corporation_code,
        "industryCode": enterprise.industry_id, "regionCode": enterprise.region_id,
        "regionName": enterprise.region.name, "isSimulated": _word(enterprise.is_simulated),
        "active": _word(enterprise.active),
    })  # fmt: skip


def _group(enterprise: Enterprise) -> GroupInfo | None:
    group = enterprise.group
    return GroupInfo(name=group.name, address=group.address, remark=group.remark) if group else None


def _processes(enterprise: Enterprise) -> Sequence[ProcessInfo]:
    rows = Process.objects.filter(enterprise=enterprise)
    return [
        ProcessInfo(process_code=p.code, process_name=p.name, remark=p.remark, system=_word(p.from_dictionary))
        for p in rows
    ]


def _process_units(enterprise: Enterprise) -> Sequence[ProcessUnitInfo]:
    rows = ProcessUnit.objects.filter(process__enterprise=enterprise).select_related("process")
    return [
        ProcessUnitInfo(
            code=u.code, name=u.name, process_code=u.process.code, process_name=u.process.name,
            comm_date=_word(u.commissioned_on), designed_capacity=u.designed_capacity,
        )
        for u in rows
    ]  # fmt: skip


def _item_rows(items: Iterable[DataItem]) -> Iterator[CollectItemConfig]:
    for item in items:
        code = DataCode.parse(item.data_code)
        for stat_type in item.stat_types or "0":
            yield CollectItemConfig(
                name=item.name, process_code=code.process, process_unit_code=code.process_unit,
                equipment_code=code.equipment, equipment_unit_code=code.equipment_unit,
                energy_class_code=code.energy_class, energy_type_code=code.energy_type, data_usage_code=code.usage,
                input_type=str(item.input_type or 7), stat_type=stat_type, scope=str(item.scope),
                data_code=item.data_code, data_value_max=_word(item.value_max), data_value_min=_word(item.value_min),
                collect_system_name=item.collect_system_name, remark=item.remark,
                realtime_minutes=str(item.realtime_minutes), may_be_negative=_word(item.may_be_negative),
                counts_in_total=_word(item.counts_in_total), is_simulated=_word(item.is_simulated),
                active=_word(item.active),
            )  # fmt: skip


def _meter(meter: Meter) -> MeteringInfo:
    return _struct(MeteringInfo, {wire: _word(getattr(meter, column)) for wire, (column, _r) in METER.fields.items()})


def _struct(kind: Any, words: dict[str, str]) -> Any:
    """Make a message of wire names."""
    names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    return kind(**{names[wire]: word for wire, word in words.items()})


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
