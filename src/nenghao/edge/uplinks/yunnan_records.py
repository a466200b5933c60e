"""What the configuration becomes in dialect B: one record per process, unit, instrument, data item and statistic type.

Each record has a name of its own, under which the ledger keeps the platform's number for it (``dataIndex``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from nenghao.edge.config import EdgePlan, ItemPlan, MeterPlan
from nenghao.protocol import DataCode
from nenghao.protocol.yunnan import to_wire_code

KINDS = ("processConfigure", "unitConfigure", "gaugeConfigure", "dataCollectConfigure")
"""In the order in which they are added; they are deleted in the other."""
NAME_LENGTH = 30
_MANAGE_CODE = re.compile(r"(\w{8})(\d)(\w{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the configuration; ``key`` names it among those of its kind."""

    kind: str
    key: str
    fields: dict[str, str]

    @property
    def word(self) -> str:
        """The word of the ledger that keeps its number."""
        return f"index:{self.kind}:{self.key}"

    @property
    def fingerprint(self) -> str:
        """Changes exactly with the fields."""
        text = json.dumps(self.fields, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def configured(plan: EdgePlan) -> dict[str, Record]:
    """Give all records of the configuration by their word, in the order in which they are added."""
    records = [*_processes(plan), *_units(plan), *_gauges(plan), *_items(plan)]
    return {record.word: record for record in records}


def _processes(plan: EdgePlan) -> Iterator[Record]:
    for process in plan.config.process:
        yield Record("processConfigure", process.code, {"processCode": process.code, "processName": process.name})


def _units(plan: EdgePlan) -> Iterator[Record]:
    for unit in plan.config.process_unit:
        fields = {"processCode": unit.process_code, "unitCode": unit.code, "unitName": unit.name}
        yield Record("unitConfigure", unit.process_code + unit.code, fields)


def _gauges(plan: EdgePlan) -> Iterator[Record]:
    """Give the instruments whose management number has the dialect's form: type 8, level 1, serial number 3."""
    seen = set()
    for item in plan.items.values():
        for meter_id, sign in item.meters:
            meter = plan.meters[meter_id]
            code = _MANAGE_CODE.fullmatch(meter.section.instrument.manage_code)
            if code is not None and code[0] not in seen:
                seen.add(code[0])
                named = {"meterType": code[1], "meterLevel": code[2], "manageNo": code[3]}
                yield Record("gaugeConfigure", code[0], named | _gauge(meter, item, sign))


def unsent_instruments(plan: EdgePlan) -> list[str]:
    """Give the meters whose instrument the dialect cannot name: their ``manage_code`` is not 8 + 1 + 3 characters."""
    fed = {meter_id for item in plan.items.values() for meter_id, _sign in item.meters}
    return sorted(m for m in fed if not _MANAGE_CODE.fullmatch(plan.meters[m].section.instrument.manage_code))


def _gauge(meter: MeterPlan, item: ItemPlan, sign: int) -> dict[str, str]:
    instrument = meter.section.instrument
    told = {
        "meterName": meter.section.name, "params": item.energy.type_code or "",
        "dataCode": to_wire_code(item.section.data_code), "reportArithmetic": "1" if sign > 0 else "2",
        "reportRatio": "1", "manufacturer": instrument.manu_facturer, "model": instrument.type_specification,
        "precisionLevel": instrument.accuracy_level, "ranges": instrument.measure_range,
        "alignState": instrument.calibration_state, "alignCycle": instrument.calibration_cycle,
        "lastAlignDate": _moment(instrument.lately_calibration), "nextAlignDate": _moment(instrument.next_calibration),
        "alignOrg": instrument.inspection_organization, "unAlignReason": instrument.not_calibration,
        "location": instrument.installation_site, "installer": instrument.install_org,
        "installTime": _moment(instrument.install_date), "linkSys": instrument.usr_system,
        "currentState": instrument.measure_state, "stateChangeTime": _moment(instrument.measure_state_date),
    }  # fmt: skip
    return {name: text for name, text in told.items() if text}


def _moment(day: str) -> str:
    """Write a day of the configuration as the timestamp that the dialect wants; what is no day stays as it is."""
    try:
        return f"{datetime.fromisoformat(day):%Y-%m-%d %H:%M:%S}" if day else ""
    except ValueError:
        return day


def _items(plan: EdgePlan) -> Iterator[Record]:
    for item in plan.items.values():
        section, code = item.section, DataCode.parse(item.section.data_code)
        for stat_type in section.stat_types:
            fields = {
                "collectItemName": section.name[:NAME_LENGTH], "dataCode": to_wire_code(section.data_code),
                "processCode": code.process, "processUnitCode": code.process_unit, "equipmentCode": code.equipment,
                "equipmentUnitCode": code.equipment_unit, "energyClassCode": code.energy_class,
                "energyTypeCode": code.energy_type, "dataUsageCode": code.usage,
                "inputType": str(section.input_type), "dataValueMax": section.value_max,
                "dataValueMin": section.value_min, "statType": str(stat_type), "scope": str(section.scope),
            }  # fmt: skip
            yield Record("dataCollectConfigure", f"{fields['dataCode']}:{stat_type}", fields)
