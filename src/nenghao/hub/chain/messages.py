"""An enterprise of the registry as the wire's messages: base data, processes, units, items, meters.

The rows are those that a gateway is handed back (:mod:`nenghao.hub.intake.handback`), with what only a platform says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from nenghao.hub.intake import handback
from nenghao.hub.registry.models import DataItem, Enterprise, Meter, Process, ProcessUnit
from nenghao.protocol import CollectItemConfig, EnterpriseInfo, Profile, build_config_upload, build_metering_upload

ITEMS_PER_MESSAGE = 1000
METERS_PER_MESSAGE = 2000
OTHER_SOURCE = "7"
"""inputType 其他, where the registry knows no source."""
FLAGS = {True: "true", False: "false"}


def config_bodies(device_id: str, enterprise: Enterprise) -> Iterator[bytes]:
    """Give the ``uploadConfigData`` bodies of one enterprise: the first with all but further items.

    ``enterprise`` comes with region, industry and group; switched-off items are told as such.
    """
    items = list(DataItem.objects.filter(enterprise=enterprise).order_by("data_code"))
    parts = [items[at : at + ITEMS_PER_MESSAGE] for at in range(0, len(items), ITEMS_PER_MESSAGE)] or [[]]
    processes = Process.objects.filter(enterprise=enterprise)
    units = ProcessUnit.objects.filter(process__enterprise=enterprise).select_related("process")
    yield build_config_upload(
        device_id, enterprise.code, items=_item_rows(parts[0]), enterprise=enterprise_info(enterprise),
        group=handback.group_info(enterprise), processes=[row for p in processes for row in handback.process_rows(p)],
        process_units=[row for unit in units for row in handback.process_unit_rows(unit)],
    )  # fmt: skip
    for part in parts[1:]:
        yield build_config_upload(device_id, enterprise.code, items=_item_rows(part))


def meter_bodies(device_id: str, enterprise: Enterprise, profile: Profile) -> Iterator[bytes]:
    """Give the ``uploadMeteringData`` bodies of one enterprise; none without meters."""
    meters = list(Meter.objects.filter(enterprise=enterprise).order_by("manage_code"))
    for at in range(0, len(meters), METERS_PER_MESSAGE):
        rows = [row for meter in meters[at : at + METERS_PER_MESSAGE] for row in handback.meter_rows(meter)]
        yield build_metering_upload(device_id, enterprise.code, rows, profile)


def enterprise_info(enterprise: Enterprise) -> EnterpriseInfo:
    """Give the basic information of an enterprise; what is not known stays empty."""
    return replace(
        handback.enterprise_info(enterprise), is_simulated=FLAGS[enterprise.is_simulated],
        active=FLAGS[enterprise.active],
    )  # fmt: skip


def _item_rows(items: Iterable[DataItem]) -> Iterator[CollectItemConfig]:
    for item in items:
        for row in handback.item_rows(item):
            yield replace(
                row, input_type=row.input_type or OTHER_SOURCE, realtime_minutes=str(item.realtime_minutes),
                counts_in_total=FLAGS[item.counts_in_total], is_simulated=FLAGS[item.is_simulated],
                may_be_negative=FLAGS[item.may_be_negative], active=FLAGS[item.active],
            )  # fmt: skip
