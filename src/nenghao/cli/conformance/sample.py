"""Test data that nobody can take for real: named as simulated, of a day long before such systems, tiny values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from nenghao.protocol import (
    CollectItemConfig,
    DataCode,
    EnergyRecord,
    EnterpriseInfo,
    MeteringInfo,
    Profile,
    sm4_encrypt_field,
)

DAY = date(2015, 1, 1)
"""Default day of the test data: years before platforms of this kind received anything."""
DATA_CODE = "00-00-0000-023300-99"
"""Default item: the plant's electricity under a usage that no client was seen to use."""
NAME = "模拟数据-协议一致性检查"
REMARK = "模拟数据，非真实用能；可删除 / SIMULATED by a conformance check, not real, may be deleted"
SYSTEM = "nenghao conformance"
MANAGE_CODE = "SIMULATED-1"
INSTANT = "%Y-%m-%d %H:%M:%S"


def item_rows(data_code: str) -> list[CollectItemConfig]:
    """Give the item of the check: one row per statistic type."""
    code = DataCode.parse(data_code)
    return [
        CollectItemConfig(
            name=NAME, process_code=code.process, process_unit_code=code.process_unit, equipment_code=code.equipment,
            equipment_unit_code=code.equipment_unit, energy_class_code=code.energy_class,
            energy_type_code=code.energy_type, data_usage_code=code.usage, input_type="4", stat_type=stat_type,
            scope="1", data_code=data_code, collect_system_name=SYSTEM, remark=REMARK,
        )
        for stat_type in "012"
    ]  # fmt: skip


def enterprise_info(code: str, region: str) -> EnterpriseInfo:
    """Give basic information of the enterprise of the check."""
    return EnterpriseInfo(
        code=code, corporation_code=code, name=NAME, type_code="110", type_name="国有企业", industry_code="C31",
        region_code=region, region_name=NAME, center="false", jgzh="false", energy_consume_level="1", latitude="0",
        longitude="0", phone="000-00000000", remark=REMARK,
    )  # fmt: skip


def instrument(data_code: str) -> MeteringInfo:
    """Give one metering instrument."""
    return MeteringInfo(
        metering_name=NAME, manage_code=MANAGE_CODE, metering_level="1", metering_parameter="3300", data_code=data_code,
        data_code_calculate="1", data_code_ratio="1", installation_site=REMARK,
    )  # fmt: skip


def day_records(data_code: str, day: date, profile: Profile) -> list[EnergyRecord]:
    """Give the real-time rows of a day as many as the profile says, its day and its month record."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time, as on the wire
    slots = [midnight + timedelta(minutes=profile.realtime_minutes * n) for n in range(profile.realtime_rows_per_day)]
    rows = [record(data_code, "0", start, "0.001") for start in slots]
    return [*rows, record(data_code, "1", midnight, "0.1"), record(data_code, "2", midnight.replace(day=1), "3")]


def many_records(data_code: str, day: date, count: int) -> list[EnergyRecord]:
    """Give day records of ``count`` days before ``day``."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    return [record(data_code, "1", midnight - timedelta(days=n + 1), "0.1") for n in range(count)]


def record(data_code: str, stat_type: str, start: datetime, value: str) -> EnergyRecord:
    """Give one record of the plant, from a field meter."""
    return EnergyRecord(
        data_code=data_code, data_value=value, input_type="4", stat_type=stat_type, stat_date=start.strftime(INSTANT),
        scope="1",
    )  # fmt: skip


def changed_rows(body: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Change every record of a built ``uploadEnergyData``."""
    message = json.loads(body)
    for row in message["data"]:
        change(row)
    return json.dumps(message, ensure_ascii=False).encode()


def with_extra_fields(row: dict[str, Any]) -> None:
    """As clients that send the whole entity."""
    row |= {"id": 77, "unit": "万kWh", "status": "1", "remark": REMARK, "extra": None}


def with_number_values(row: dict[str, Any]) -> None:
    """As clients whose JSON writes values as numbers."""
    row["dataValue"] = float(row["dataValue"])


def with_number_codes(row: dict[str, Any]) -> None:
    """As clients whose JSON writes codes as numbers, too."""
    row |= {name: int(row[name]) for name in ("inputType", "statType", "scope")}


def with_upper_hex(profile: Profile) -> Callable[[dict[str, Any]], None]:
    """As clients that write ciphertext in capitals."""

    def change(row: dict[str, Any]) -> None:
        row |= {name: row[name].upper() for name in ciphered(profile, row)}

    return change


def with_broken_cipher(profile: Profile) -> Callable[[dict[str, Any]], None]:
    """One block of noise where a value should be."""

    def change(row: dict[str, Any]) -> None:
        row |= dict.fromkeys(ciphered(profile, row), "00112233445566778899aabbccddeeff")

    return change


def with_valid(word: object, profile: Profile, secret_key: str) -> Callable[[dict[str, Any]], None]:
    """As clients that write this word for a valid value."""
    text = {True: "true", False: "false"}[word] if isinstance(word, bool) else str(word)

    def change(row: dict[str, Any]) -> None:
        row["valid"] = sm4_encrypt_field(text, secret_key) if "valid" in profile.encrypted_fields else word

    return change


def ciphered(profile: Profile, row: dict[str, Any]) -> Iterator[str]:
    """Give the names of a row's encrypted fields."""
    return (name for name in row if name in profile.encrypted_fields)
