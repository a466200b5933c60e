"""A gateway of dialect A, written from the field tables alone: it shares no line with nenghao.

It believes what the tables say of every answer and raises `Disagreement` when an answer says otherwise. `Quirks` are
the habits of real clients that a platform must bear.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from . import sm4, tables

NONE, ALL, ALL_BUT_UPLOAD_DATE = "none", "all", "all_but_upload_date"
CIPHERED = {
    ALL: frozenset({"dataCode", "dataValue", "inputType", "statType", "statDate", "uploadDate", "scope", "valid"}),
    ALL_BUT_UPLOAD_DATE: frozenset({"statDate", "statType", "dataValue", "dataCode", "valid", "scope", "inputType"}),
}


class Disagreement(AssertionError):
    """An answer is not what the field tables describe."""


@dataclass(frozen=True)
class Quirks:
    """Habits of clients: numbers for strings, whole entities, `valid` as true, one POST an item, upper-case hex."""

    numbers: bool = False
    extra_fields: bool = False
    valid: Any = "1"
    upper_hex: bool = False
    one_post_per_item: bool = False
    content_type: str = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Item:
    """One collect item with the values of a day: 24 hourly values, the day's, and a month's."""

    data_code: str
    hourly: tuple[str, ...]
    daily: str
    monthly: str
    scope: str = "1"
    input_type: str = "4"


@dataclass
class Gateway:
    """`register_url` is all that is configured; every other address comes from the register answer."""

    register_url: str
    enterprise_code: str
    region: str
    encryption: str = NONE
    quirks: Quirks = field(default_factory=Quirks)
    metering_key: str = "data"
    device_id: str = ""
    secret_key: str = ""
    urls: dict[str, str] = field(default_factory=dict)
    upload_time: str = ""
    last_sent: dict[str, Any] = field(default_factory=dict)

    def register(self) -> dict[str, Any]:
        body = {"enterpriseCode": self.enterprise_code, "region": self.region}
        answer = self.post(self.register_url, body)
        if answer.get("responseCode") == "0":
            self._agree("register.response", answer)
            self.device_id, self.upload_time = answer["deviceId"], answer["uploadTime"]
            self.secret_key = answer.get("secretKey", "")
            self.urls = {name: value for name, value in answer.items() if name.endswith("URL") and value}
            if self.encryption != NONE and not self.secret_key:
                raise Disagreement("register.response.secretKey: missing, and this province ciphers")
        return answer

    def version_check(self) -> dict[str, Any]:
        answer = self.post(self.urls["loadDicVersionURL"], {"deviceId": self.device_id})
        if answer.get("responseCode") == "0":
            self._agree("versionCheck.response", answer)
        return answer

    def download_base_data(self) -> list[dict[str, Any]]:
        """Every dictionary entry of the answer: the envelope is not known, an entry is known by its code and name."""
        answer = self.post(self.urls["downloadBaseDataURL"], {"deviceId": self.device_id})
        self.accepted(answer)
        return list(_entries(answer))

    def upload_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return self.post(self.urls["centerInfoURL"], {**self._who(), **config})

    def upload_metering(self, instruments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return self.post(self.urls["centerMeteringDataURL"], {**self._who(), self.metering_key: list(instruments)})

    def download_config(self) -> dict[str, Any]:
        return self.accepted(self.post(self.urls["centerInfoDownloadURL"], self._who()))

    def download_data(self, **asked: Any) -> dict[str, Any]:
        return self.accepted(self.post(self.urls["centerDataDownloadURL"], {**self._who(), **asked}))

    def upload_energy(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send one batch as the quirks say, and return the answer."""
        body = {**self._who(), "data": [self._on_the_wire(record) for record in records]}
        self.last_sent = body
        return self.post(self.urls["centerDataURL"], body)

    def upload_day(self, items: Iterable[Item], day: date, *, now: datetime) -> list[dict[str, Any]]:
        """Send 24 hourly, one day and one month record of each item; return the records in plain."""
        batches = [records_of(item, day, now=now) for item in items]
        together = [record for batch in batches for record in batch]
        for batch in batches if self.quirks.one_post_per_item else [together]:
            self.accepted(self.upload_energy(batch))
        return together

    def accepted(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer, when it says that what was sent is received."""
        if answer.get("responseCode") != "0":
            raise Disagreement(f"refused: {answer}")
        return answer

    def post(self, url: str, body: Any) -> dict[str, Any]:
        """One call: the answer must be JSON with the two fields that every answer has."""
        return self.post_bytes(url, json.dumps(body, ensure_ascii=False).encode())

    def post_bytes(self, url: str, content: bytes) -> dict[str, Any]:
        request = urllib.request.Request(url, content, {"Content-Type": self.quirks.content_type})
        context = ssl._create_unverified_context() if url.startswith("https") else None
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read())
        for name in ("responseCode", "responseMessage"):
            if not isinstance(answer.get(name), str):
                raise Disagreement(f"{url}: {name} is not text in {answer}")
        return answer

    def _who(self) -> dict[str, str]:
        return {"deviceId": self.device_id, "enterpriseCode": self.enterprise_code}

    def _agree(self, message: str, answer: Mapping[str, Any]) -> None:
        found = tables.problems("A", message, answer)
        if found:
            raise Disagreement("; ".join(found))

    def _on_the_wire(self, record: Mapping[str, Any]) -> dict[str, Any]:
        sent = {**record, "valid": self.quirks.valid}
        if self.quirks.numbers:
            sent |= {name: int(sent[name]) for name in ("inputType", "statType", "scope")}
            sent["dataValue"] = float(sent["dataValue"])
        if self.quirks.extra_fields:
            sent |= {"id": 77, "unit": "万kWh", "status": "1", "deviceId": self.device_id, "remark": None}
        ciphered = CIPHERED.get(self.encryption, frozenset())
        return {name: self._cipher(value) if name in ciphered else value for name, value in sent.items()}

    def _cipher(self, value: Any) -> str:
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        cipher = sm4.encrypt_field(self.secret_key, text)
        return cipher.upper() if self.quirks.upper_hex else cipher


def records_of(item: Item, day: date, *, now: datetime) -> list[dict[str, Any]]:
    """24 hourly records, one of the day and one of its month, as clients send them, in the order of time."""
    midnight = datetime(day.year, day.month, day.day)
    starts = [("0", midnight + timedelta(hours=hour), value) for hour, value in enumerate(item.hourly)]
    starts += [("1", midnight, item.daily), ("2", midnight.replace(day=1), item.monthly)]
    return [
        {
            "dataCode": item.data_code,
            "dataValue": value,
            "inputType": item.input_type,
            "statType": stat_type,
            "statDate": start.strftime(tables.INSTANT),
            "uploadDate": now.strftime(tables.INSTANT),
            "scope": item.scope,
            "valid": "1",
        }
        for stat_type, start, value in starts
    ]


def collect_items(items: Iterable[Item], stat_types: Sequence[str] = ("0", "1", "2")) -> list[dict[str, Any]]:
    """One row per item and statType, every field of the table filled."""
    return [
        tables.sample(
            "A",
            "uploadConfigData.collectItemConfig[]",
            name=f"{item.data_code}-{stat_type}",
            **parts(item.data_code),
            dataCode=item.data_code,
            inputType=item.input_type,
            scope=item.scope,
            statType=stat_type,
            dataValueMax="",
            dataValueMin="",
        )
        for item in items
        for stat_type in stat_types
    ]


def parts(data_code: str) -> dict[str, str]:
    """The seven parts of a data code by their field names."""
    process, unit, equipment, energy, usage = data_code.split("-")
    return {
        "processCode": process,
        "processUnitCode": unit,
        "equipmentCode": equipment[:2],
        "equipmentUnitCode": equipment[2:],
        "energyClassCode": energy[:2],
        "energyTypeCode": energy[2:],
        "dataUsageCode": usage,
    }


def configuration(enterprise_code: str, region: str, items: Sequence[Item], **enterprise: str) -> dict[str, Any]:
    """`uploadConfigData` with every field of every part that the tables name."""
    known = {
        "code": enterprise_code,
        "corporationCode": enterprise_code,
        "name": "独立核对机械厂",
        "industryCode": "C31",
        "regionCode": region,
        "regionName": "本市",
        "typeCode": "110",
        "typeName": "国有企业",
        "energyConsumeLevel": "3",
        "latitude": "36.67",
        "longitude": "117.02",
        "phone": "0531-00000000",
        "fieldCode": "100",
        "fieldName": "工业",
        **enterprise,
    }
    return {
        "collectItemConfig": collect_items(items),
        "enterprise": tables.sample("A", "uploadConfigData.enterprise", **known),
        "group": tables.sample("A", "uploadConfigData.group", name="独立核对集团"),
        "process": [
            tables.sample(
                "A",
                "uploadConfigData.process[]",
                processCode="01",
                processName="烧结",
                industryCode="C31",
                system="true",
            )
        ],
        "processUnit": [
            tables.sample(
                "A",
                "uploadConfigData.processUnit[]",
                code="01",
                name="一号烧结机",
                processCode="01",
                processName="烧结",
                commDate="2015-06-01",
                designedCapacity="100",
            )
        ],
    }


def instrument(data_code: str, **known: str) -> dict[str, Any]:
    """One metering instrument with all 24 fields."""
    fixed = {
        "meteringName": "进线总表",
        "meteringType": "11010000",
        "meteringLevel": "1",
        "meteringParameter": "3300",
        "dataCode": data_code,
        "dataCodeCalculate": "1",
        "dataCodeRatio": "1",
        "accuracyLevel": "0.5S",
        "manageCode": "IND-001",
        "calibrationState": "合格",
        "calibrationCycle": "12个月",
        "latelyCalibration": "2020-05-01",
        "nextCalibration": "2021-05-01",
        "installDate": "2019-05-01",
        "measureStateDate": "2019-05-01",
    }
    return tables.sample("A", "uploadMeteringData.<item>", **{**fixed, **known})


def _entries(answer: Any) -> Iterable[dict[str, Any]]:
    if isinstance(answer, list):
        for part in answer:
            yield from _entries(part)
    elif isinstance(answer, dict):
        if "code" in answer and "name" in answer:
            yield answer
        for part in answer.values():
            yield from _entries(part)
