"""Valid messages of dialect A and of the chain, as they are drawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from .words import change, now_and_then, scalars, values
from .world import FOREIGN_CITY, WIRE_CITY

DAY = datetime(2026, 1, 1)
CODES = ["00-00-0000-023300-10", "01-00-0000-023300-20", "00-00-0000-010100-10"]
SCOPE = {CODES[0]: "1", CODES[1]: "2", CODES[2]: "1"}
RECORDS = 6
"""Records of one upload at most."""


def record(code: str, slot: int, stat_type: str, number: float) -> dict[str, Any]:
    """Give a valid record of one item."""
    start = {"0": DAY + timedelta(minutes=15 * slot), "1": DAY + timedelta(days=slot % 300)}.get(stat_type)
    start = start or datetime(2025 - slot % 5, 1 if stat_type == "3" else slot % 12 + 1, 1)
    return {
        "dataCode": code,
        "dataValue": str(number),
        "inputType": "1",
        "statType": stat_type,
        "statDate": str(start),
        "uploadDate": "2026-03-05 09:00:00",
        "scope": SCOPE[code],
        "valid": "1",
    }


valid_records = st.builds(
    lambda place, slot, number: record(CODES[place % 3], slot, "00123"[place // 3], number / 100),
    st.integers(0, 14),
    st.integers(0, 5000),
    st.integers(0, 10**7),
)
bent_records = st.builds(
    change,
    valid_records,
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["put", "put", "drop"]), scalars), min_size=1, max_size=2),
)
good_batches = st.lists(valid_records, min_size=1, max_size=RECORDS)
batches = st.one_of(
    good_batches,
    st.lists(st.one_of(valid_records, bent_records), min_size=1, max_size=RECORDS),
    st.lists(st.one_of(valid_records, bent_records, values), min_size=1, max_size=RECORDS),
)


def good_message(operation: str, world: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a valid message of an operation, without who sends it."""
    number = st.integers(0, 39)
    made = {
        "register": st.builds(
            lambda n, signing: {"region": WIRE_CITY, "clientId": f"gateway-of-the-fuzz-{n}", "signing": signing},
            st.integers(0, 15),
            st.sampled_from(["", "hmac-sm3", "x"]),
        ),
        "registerPlatform": st.builds(
            lambda n, signing: {
                "region": ["370000", "370100", "370600", FOREIGN_CITY][n % 4],
                "name": f"平台{n}",
                "clientId": f"platform-of-the-fuzz-{n % 12}",
                "signing": signing,
            },
            number,
            st.sampled_from(["", "hmac-sm3"]),
        ),
        "uploadConfigData": st.builds(_configuration, number, number, number, st.sampled_from([0, 1, 2, 3, 7])),
        "uploadMeteringData": st.builds(
            lambda rows: {"data": [_meter(n) for n in rows]}, st.lists(number, min_size=1, max_size=3)
        ),
        "uploadEnergyData": st.builds(
            lambda rows, backlog: {"data": rows, "backlog": backlog},
            now_and_then(batches, 6, usual=good_batches),
            st.integers(0, 9),
        ),
        "downloadData": st.builds(
            lambda a, b, kinds, codes, limit: {
                "startDate": str(datetime(2025, 1, 1) + timedelta(days=20 * a))[:10],
                "endDate": str(datetime(2025, 1, 1) + timedelta(days=20 * b)),
                "statTypes": kinds,
                "dataCodes": codes,
                "limit": limit,
            },
            number,
            number,
            st.sampled_from([[], ["1"], [0, 1], ["0", "1", "2", "3"]]),
            st.sampled_from([[], CODES[:1], CODES]),
            st.sampled_from([1, 5, "20", 50]),
        ),
        "downloadConfigData": st.builds(
            lambda cursor, limit: {"cursor": cursor, "limit": limit},
            st.sampled_from(["", "", "0.1", "2.1", "3.0"]),
            st.sampled_from([1, 3, "20"]),
        ),
        "downloadBaseData": st.builds(
            lambda names: {"dictionaries": names}, st.sampled_from([[], ["regions"], ["energies"], ["industries"]])
        ),
        "uploadDigest": st.builds(_digests, number, st.integers(0, 31), st.integers(0, 9), st.booleans()),
    }  # fmt: skip
    made["uploadDigest"] = made["uploadDigest"].map(lambda message: _about(message, world))
    return made.get(operation, st.just({}))


def _configuration(a: int, b: int, c: int, parts: int) -> dict[str, Any]:
    """Give a configuration: some of process, unit, items, base data."""
    code = f"{a % 30 + 10:02}"
    message: dict[str, Any] = {
        "process": [{"processCode": code, "processName": f"工序{b}", "remark": "", "system": "", "industryCode": ""}],
        "processUnit": [
            {
                "code": f"{b % 5:02}", "name": f"单元{c}", "processCode": code, "designedCapacity": str(c),
                "commDate": "2020-01-01", "processName": f"工序{b}", "commisioningDate": "2020-01-01",
            }
        ],
        "collectItemConfig": [_item(code, c, b)],
        "enterprise": {},
        "group": {"name": f"集团{a % 3}", "address": f"路{b}", "remark": ""},
    }  # fmt: skip
    return {key: value for place, (key, value) in enumerate(message.items()) if parts == 7 or place <= parts}


def base_data(code: str) -> dict[str, Any]:
    """Give the base data of an enterprise."""
    return {
        "code": code, "name": "改名厂", "typeCode": "1", "typeName": "国有", "industryCode": "C31",
        "regionCode": WIRE_CITY, "regionName": "济南市", "center": "false", "corporationCode": code, "jgzh": "1",
        "energyConsumeLevel": "1", "latitude": "36.6", "longitude": "117.0", "phone": "0531-1", "address": "路1号",
        "registerDate": "2001-01-01",
    }  # fmt: skip


def _item(process: str, usage: int, number: int) -> dict[str, Any]:
    return {
        "name": f"采集项{number}", "processCode": process, "processUnitCode": "00", "equipmentCode": "00",
        "equipmentUnitCode": "00", "energyClassCode": "02", "energyTypeCode": "3300",
        "dataUsageCode": ["10", "20", "30"][usage % 3], "inputType": "1", "statType": str(number % 4), "scope": "2",
        "dataValueMax": "1000", "dataValueMin": "0", "statTypes": "", "dataCode": "",
    }  # fmt: skip


def _meter(number: int) -> dict[str, Any]:
    return {
        "meteringName": f"表{number}", "manageCode": f"M-{number}", "meteringLevel": "1", "meteringType": "01",
        "latelyCalibration": "2025-01-01", "measureState": "1", "dataCode": CODES[number % 3],
    }  # fmt: skip


def _digests(first: int, length: int, count: int, items: bool) -> dict[str, Any]:
    start = datetime(2026, 1, 1) + timedelta(days=first)
    days = [str(start + timedelta(days=day))[:10] for day in range(min(length, 3))]
    about = {"count": count, "missing": 0, "fingerprint": f"{count:032x}", "totals": {"electricity": [1.5, None]}}
    said = [{"day": day} | about for day in days]
    return {
        "start": str(start)[:10], "end": str(start + timedelta(days=length))[:10], "statTypes": "123", "items": items,
        "enterprises": [{"enterpriseCode": "", "realtime": False, "days": said}],
    }  # fmt: skip


def _about(message: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    """Fill in which enterprises a digest is of: own ones and a foreign one."""
    (one,) = message["enterprises"]
    codes = [world["enterprises"][name]["code"] for name in ("below", "config", "foreign")]
    return message | {"enterprises": [one | {"enterpriseCode": code} for code in codes]}
