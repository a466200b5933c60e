"""A platform of dialect B (Yunnan), written from the field tables alone.

`responseCode` 200 and `data{}`; 401 for a token that is not good; any other code is a refusal. Every body is judged by
the tables; records are kept by (enterprise, dataCode, statType, statDate).
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from . import sm4, tables

CONFIGURED = ("process", "unit", "device", "gauge", "dataCollect")
COMPANY = next(
    row["operation"].split("|")
    for row in tables.rows("endpoints.csv")
    if row["operation"].startswith("companyContacter")
)
OPEN = ("enterpriseInfo/rwk", "dataDownload/public", "enterpriseInfo/apply", "requestAK")


class Refused(Exception):
    """Answer this code and text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class YunnanPlatform:
    """One platform; a token dies after `token_calls` calls when that is set."""

    token_calls: int | None = None
    upload_time: str = "16:10:00"
    faults: list[str] = field(default_factory=list)
    working_keys: dict[str, str] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    calls_left: dict[str, int] = field(default_factory=dict)
    configured: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    kept: dict[tuple[str, str, str, str], dict[str, Any]] = field(default_factory=dict)
    operations: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    reg_version: str = "1.0"
    dic_version: str = "2.3"
    base: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, body: Any, authorization: str) -> dict[str, Any] | None:
        operation = path.removeprefix("/YNEnergy/")
        handler = self._handler(operation) if path.startswith("/YNEnergy/") else None
        if handler is None:
            return None
        with self.lock:
            self.operations.append(operation)
            try:
                if not isinstance(body, Mapping):
                    raise Refused(500, "请求不是JSON对象")
                if operation not in OPEN:
                    self._authorise(body, authorization)
                return {"responseCode": 200, "responseMessage": "成功", "data": handler(operation, body)}
            except Refused as refusal:
                return {"responseCode": refusal.code, "responseMessage": str(refusal), "data": {}}

    def _handler(self, operation: str) -> Any:
        fixed = {
            "enterpriseInfo/rwk": self._rwk,
            "dataDownload/public": self._download,
            "dataDownload": self._download,
            "enterpriseInfo/apply": self._apply,
            "enterpriseInfo/update": self._update,
            "requestAK": self._request_ak,
            "checkVersion": self._check_version,
            "platformAccessURL": self._access_urls,
            "dataEnterpriseEnergy": self._energy,
            "gaugeReplaceConfigure": self._tell,
            "gaugeVerifyConfigure": self._tell,
        }
        noun, _, action = operation.partition("Configure/")
        if noun in CONFIGURED and action in ("add", "update", "delete"):
            return self._configure
        return self._tell if operation in COMPANY else fixed.get(operation)

    def _rwk(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("enterpriseInfo/rwk", body)
        code = str(body.get("enterpriseCode"))
        self.working_keys[code] = uuid.uuid4().hex[:16]
        return {"secretKey": self.working_keys[code]}

    def _download(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        names = tables.dictionary_names()
        asked = str(body.get("itemIndex", "")).split(",")
        wrong = [index for index in asked if not index.strip().isdigit() or int(index) not in names]
        if wrong:
            self.problems.append(f"itemIndex {body.get('itemIndex')!r} is not of 1…17")
            raise Refused(500, "itemIndex错误")
        return {names[int(index)]: [{"code": "3300", "name": "电力", "unitCh": "万千瓦时"}] for index in asked}

    def _apply(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("enterpriseInfo/apply", body)
        code = str(body.get("enterpriseCode"))
        self.pins[code] = self._pin(code, body)
        self.forms[code] = dict(body)
        return {"dataIndex": f"apply-{code}"}

    def _update(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("enterpriseInfo/apply", body)
        if body.get("dataIndex") != f"apply-{body.get('enterpriseCode')}":
            raise Refused(500, "dataIndex错误")
        self.forms[str(body["enterpriseCode"])] = dict(body)
        return {}

    def _request_ak(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("requestAK", body)
        code = str(body.get("enterpriseCode"))
        if self._pin(code, body) != self.pins.get(code):
            raise Refused(500, "密码错误")
        token = uuid.uuid4().hex
        self.tokens[token] = code
        if self.token_calls is not None:
            self.calls_left[token] = self.token_calls
        now = datetime.now()
        return {
            "token": token,
            "akValidAt": f"{now:%Y-%m-%d %H:%M:%S} 000",
            "akExpiresIn": f"{now + timedelta(hours=2):%Y-%m-%d %H:%M:%S} 000",
            "enterpriseUploadTime": self.upload_time,
            "platformURL": f"{self.base}/YNEnergy",
        }

    def _check_version(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        versions = {"regVersion": self.reg_version, "dicVersion": self.dic_version}
        return {**versions, "loadPlatformDataURL": f"{self.base}/YNEnergy/dataDownload", "modifyDescription": ""}

    def _access_urls(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "enterpriseDataDownloadURL": f"{self.base}/YNEnergy/dataDownload",
            "enterpriseDataURL": f"{self.base}/YNEnergy/dataEnterpriseEnergy",
            "enterpriseInfoDownloadURL": f"{self.base}/YNEnergy/dataDownload",
            "enterpriseInfoURL": f"{self.base}/YNEnergy/enterpriseInfo",
            "loadBaseDataURL": f"{self.base}/YNEnergy/dataDownload",
            "organizationDataURL": f"{self.base}/YNEnergy/arganEnergy",
        }

    def _configure(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        noun, action = operation.split("/")
        rows = self.configured.setdefault(noun, {})
        if action == "add":
            self._judge(noun, body)
            index = uuid.uuid4().hex
            rows[index] = dict(body)
            return {"dataIndex": index}
        index = str(body.get("dataIndex"))
        if index not in rows:
            self.problems.append(f"{operation}: dataIndex {index!r} was never given out")
            raise Refused(500, "dataIndex错误")
        if action == "delete":
            del rows[index]
        else:
            self._judge(noun, body)
            rows[index] = dict(body)
        return {}

    def _tell(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge(operation, body)
        self.told.append((operation, dict(body)))
        return {"dataIndex": uuid.uuid4().hex}

    def _energy(self, _: str, body: Mapping[str, Any]) -> dict[str, Any]:
        found = record_problems(body)
        self.problems += found
        if found:
            raise Refused(500, found[0])
        key = (body["enterpriseCode"], body["dataCode"], body["statType"], body["statDate"])
        self.kept[key] = dict(body)
        return {"platformTime": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}

    def _authorise(self, body: Mapping[str, Any], authorization: str) -> None:
        token = authorization.removeprefix("Bearer ") if authorization.startswith("Bearer ") else ""
        left = self.calls_left.get(token, 1)
        if self.tokens.get(token) != body.get("enterpriseCode") or left < 1:
            raise Refused(401, "token无效或已过期")
        if token in self.calls_left:
            self.calls_left[token] = left - 1
        for name in ("regVersion", "dicVersion"):
            if not body.get(name):
                self.problems.append(f"{name}: every body carries it")

    def _pin(self, code: str, body: Mapping[str, Any]) -> str:
        try:
            return sm4.password_pin(str(body.get("password")), self.working_keys[code], code)
        except (KeyError, ValueError) as error:
            self.problems.append(f"password is not ciphered with the working key: {error}")
            raise Refused(500, "密码错误") from error

    def _judge(self, message: str, body: Mapping[str, Any]) -> None:
        self.problems += tables.problems("B", message, body)


def record_problems(body: Mapping[str, Any]) -> list[str]:
    """One energy record: the table's forms, and what a record is nothing without."""
    needed = ("enterpriseCode", "dataCode", "dataValue", "convertRation", "valid", "scope", "inputType", "statType")
    found = [f"{name}: missing" for name in (*needed, "statDate", "uploadDate") if not body.get(name)]
    found += tables.problems("B", "dataEnterpriseEnergy", body)
    if "-" in str(body.get("dataCode")) or len(str(body.get("dataCode"))) != 16:
        found.append(f"dataCode {body.get('dataCode')!r} is not 16 digits without hyphens")
    period = tables.period_problem(str(body.get("statType")), str(body.get("statDate")))
    return found + ([period] if period else [])
