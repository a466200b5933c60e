"""``uploadConfigData`` and ``uploadMeteringData``: what an enterprise says of itself, row by row into the registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import msgspec

from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.below import EnterpriseBelow, create_below, enterprise_facts
from nenghao.hub.intake.calls import Call, settle
from nenghao.hub.intake.items import item_facts
from nenghao.hub.intake.mappings import ENTERPRISE, FEED, METER, ConfigList
from nenghao.hub.intake.snapshot import Sender
from nenghao.hub.registry import configuration
from nenghao.hub.registry.models import Enterprise, Process, ProcessUnit
from nenghao.hub.registry.models.enterprise import EnterpriseGroup
from nenghao.hub.registry.services import update_enterprise
from nenghao.hub.registry.totals import with_totals
from nenghao.protocol import (
    CollectItemConfig,
    EnterpriseInfo,
    GroupInfo,
    MessageError,
    MeteringInfo,
    ProcessInfo,
    ProcessUnitInfo,
    Rejection,
    UploadAnswer,
    decode_object,
    listed,
    refuse,
    required_text,
)

_TWO_DIGITS = re.compile(r"\d\d", re.ASCII)
_TWO_DIGITS_WORDS = "2 位数字 / 2 digits"
MAX_ROWS = 5_000
_PROCESS_COLUMNS = (("processName", "name"), ("industryCode", "industry_code"))


class Configuration:
    """One configuration message on its way into the registry: counts what was kept, gathers what was refused."""

    def __init__(self, call: Call, sender: Sender, message: dict[str, Any]) -> None:
        self.call, self.sender, self.message = call, sender, message
        self.enterprise = Enterprise.objects.select_related("region").get(pk=sender.enterprise_pk)
        self.rejections: list[Rejection] = []
        self.accepted = 0
        self.is_platform = sender.platform_pk is not None
        who = "platform" if self.is_platform else "device"
        self.actor = Actor(name=f"{who} {sender.device_id[:8]}", address=call.remote_address or None)

    def rows(self, name: str, kind: type[msgspec.Struct]) -> tuple[ConfigList, Iterator[tuple[int, dict[str, str]]]]:
        """Give a list of the message and its readable rows with their indexes."""
        sent = listed(self.message, name)
        if len(sent) > MAX_ROWS:
            raise MessageError(refuse("too-many-records", field=name, value=len(sent), more=MAX_ROWS))
        config = ConfigList(name, kind, self.rejections)
        texts = ((index, config.text_row(index, row)) for index, row in enumerate(sent))
        return config, ((index, row) for index, row in texts if row is not None)

    def put(self, put: Callable[..., object], facts: list[dict[str, Any]]) -> None:
        """Put rows with one of the registry's services."""
        if facts:
            put(actor=self.actor, now=self.call.received_at, enterprise=self.enterprise, rows=facts)


def upload_config_data(call: Call) -> UploadAnswer:
    """Take basic information, processes, units and collect items; what is wrong is refused row by row."""
    config = _configuration(call)
    _enterprise(config)
    _processes(config)
    _process_units(config)
    _items(config)
    call.snapshot.refresh()
    return settle(call, config.accepted, config.rejections)


def upload_metering_data(call: Call) -> UploadAnswer:
    """Take metering instruments; the list stands under the profile's ``metering_key``."""
    config = _configuration(call)
    key = config.sender.profile.metering_key
    if key not in config.message:
        raise MessageError(refuse("field-missing", field=key))
    meters, rows = config.rows(key, MeteringInfo)
    facts = {}
    for index, row in rows:
        got = meters.facts(index, row, METER)
        if index not in meters.refused:
            facts[got["manage_code"]] = _fed_too(facts.get(got["manage_code"]), got)
            config.accepted += 1
    config.put(configuration.put_meters, list(facts.values()))
    return settle(call, config.accepted, config.rejections)


def _fed_too(earlier: dict[str, Any] | None, got: dict[str, Any]) -> dict[str, Any]:
    """Join the rows of one instrument that feeds several items: the first item is its own, the others are listed."""
    if earlier is None:
        return {"also_feeds": [], **got}
    own = {column: earlier.get(column, "") for column in FEED.values()}
    feed = {wire_name: got.get(column, "") for wire_name, column in FEED.items()}
    listed = [other for other in earlier["also_feeds"] if other["dataCode"] != feed["dataCode"]]
    if feed["dataCode"] == own["data_code"]:
        return {**earlier, **got, "also_feeds": listed}
    return {**earlier, **got, **own, "also_feeds": [*listed, feed]}


def _configuration(call: Call) -> Configuration:
    message = decode_object(call.body)
    call.unknown_enterprise = partial(create_below, call, message=message)
    sender = call.approved_sender(required_text(message, "deviceId"), required_text(message, "enterpriseCode"))
    return Configuration(call, sender, message)


def _enterprise(config: Configuration) -> None:
    """Take the details that an enterprise may say of itself; a field that is wrong does not hold up the others."""
    sent = config.message.get("enterprise")
    if sent is None:
        return
    kind = EnterpriseBelow if config.is_platform else EnterpriseInfo
    fields = ConfigList("enterprise", kind, config.rejections)
    row = fields.text_row(0, sent)
    if row is None:
        return
    if row["code"] != config.enterprise.code:
        fields.refuse(0, "enterprise-mismatch", "code", row["code"])
        return
    own = enterprise_facts(config.sender, row, fields) if config.is_platform else fields.facts(0, row, ENTERPRISE)
    if own is None:
        return
    facts = own | _group(config)
    update_enterprise(actor=config.actor, now=config.call.received_at, enterprise=config.enterprise, facts=facts)
    config.accepted += 1


def _group(config: Configuration) -> dict[str, Any]:
    """Give the group that the enterprise names; one that others belong to already is not rewritten."""
    sent = config.message.get("group")
    if not sent:
        return {}
    fields = ConfigList("group", GroupInfo, config.rejections)
    row = fields.text_row(0, sent)
    columns = ("name", "address", "remark")
    if row is None or not row["name"]:
        return {}
    if not all([fields.fits(0, column, EnterpriseGroup, column, row[column]) for column in columns]):
        return {}
    said = {column: row[column] for column in columns[1:]}
    group, _ = EnterpriseGroup.objects.get_or_create(name=row["name"], defaults=said)
    if not Enterprise.objects.filter(group=group).exclude(pk=config.enterprise.pk).exists():
        EnterpriseGroup.objects.filter(pk=group.pk).update(**said)
    return {"group": group}


def _processes(config: Configuration) -> None:
    processes, rows = config.rows("process", ProcessInfo)
    facts = {}
    for index, row in rows:
        if not _is_code(processes, index, "processCode", row["processCode"]):
            continue
        fits = [processes.fits(index, name, Process, column, row[name]) for name, column in _PROCESS_COLUMNS]
        if all(fits):
            facts[row["processCode"]] = {
                "code": row["processCode"], "name": row["processName"], "remark": row["remark"],
                "from_dictionary": row["system"].lower() in {"1", "true"}, "industry_code": row["industryCode"],
            }  # fmt: skip
            config.accepted += 1
    facts.pop("00", None)  # the whole plant, which the registry does not store as a process
    config.put(configuration.put_processes, list(facts.values()))


def _process_units(config: Configuration) -> None:
    units, rows = config.rows("processUnit", ProcessUnitInfo)
    known = dict(Process.objects.filter(enterprise=config.enterprise).values_list("code", "pk"))
    facts = {}
    for index, row in rows:
        if row["processCode"] not in known:
            units.refuse(index, "process-unknown", "processCode", row["processCode"])
        elif _is_code(units, index, "code", row["code"]):
            unit = _unit_facts(units, index, row) | {"process_id": known[row["processCode"]], "code": row["code"]}
            if index not in units.refused:
                facts[unit["process_id"], unit["code"]] = unit
                config.accepted += 1
    config.put(configuration.put_process_units, list(facts.values()))


def _unit_facts(units: ConfigList, index: int, row: dict[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": row["name"], "designed_capacity": row["designedCapacity"]}
    for wire_name, column in (("name", "name"), ("designedCapacity", "designed_capacity")):
        units.fits(index, wire_name, ProcessUnit, column, facts[column])
    if row["commDate"]:
        try:
            facts["commissioned_on"] = date.fromisoformat(row["commDate"][:10])
        except ValueError:
            units.refuse(index, "date-malformed", "commDate", row["commDate"])
    return facts


def _is_code(config: ConfigList, index: int, wire_name: str, code: str) -> bool:
    if _TWO_DIGITS.fullmatch(code):
        return True
    config.refuse(index, "code-malformed", wire_name, code, _TWO_DIGITS_WORDS)
    return False


def _items(config: Configuration) -> None:
    items, rows = config.rows("collectItemConfig", CollectItemConfig)
    facts = item_facts(items, rows, config.sender.profile, from_platform=config.is_platform)
    config.accepted += len(listed(config.message, "collectItemConfig")) - len(items.refused)
    if not facts:
        return
    _link(config, facts)
    rows = facts if config.is_platform else with_totals(config.enterprise, facts)
    config.put(configuration.put_data_items, rows)


def _link(config: Configuration, facts: list[dict[str, Any]]) -> None:
    """Point items at their process and unit, where the enterprise has them."""
    processes = dict(Process.objects.filter(enterprise=config.enterprise).values_list("code", "pk"))
    units = {
        (process, code): pk
        for process, code, pk in ProcessUnit.objects.filter(process__enterprise=config.enterprise).values_list(
            "process__code", "code", "pk"
        )
    }
    for row in facts:
        process, unit = row["data_code"].split("-")[:2]
        row["process_id"] = processes.get(process)
        row["process_unit_id"] = units.get((process, unit))
