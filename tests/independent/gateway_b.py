"""A gateway of dialect B (Yunnan), written from the field tables alone: it shares no line with nenghao."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import sm4, tables
from .gateway_a import Disagreement

SUCCESS, TOKEN_BAD = "200", "401"


@dataclass
class YunnanGateway:
    """Working key → dictionaries → application → token → versions → addresses → configuration → one record a POST."""

    base: str
    enterprise_code: str
    pin: str = "135246"
    working_key: str = ""
    token: str = ""
    versions: dict[str, str] = field(default_factory=lambda: {"regVersion": "1", "dicVersion": "1"})
    upload_time: str = ""
    token_requests: int = 0

    @property
    def password(self) -> str:
        return sm4.password_block(self.pin, self.working_key, self.enterprise_code)

    def rwk(self) -> str:
        self.working_key = self.call("/enterpriseInfo/rwk", {}, answered="rwk")["secretKey"]
        if len(self.working_key) != 16:
            raise Disagreement(f"rwk: the working key has {len(self.working_key)} characters, not 16")
        return self.working_key

    def public(self, *item_indexes: int) -> list[dict[str, Any]]:
        """Dictionaries without a token."""
        listed = ",".join(str(index) for index in item_indexes)
        return list(_entries(self.call("/dataDownload/public", {"itemIndex": listed})))

    def apply(self, **known: Any) -> str:
        return self.call("/enterpriseInfo/apply", self.form(**known), answered="apply")["dataIndex"]

    def update(self, data_index: str, **known: Any) -> None:
        self.call("/enterpriseInfo/update", {**self.form(**known), "dataIndex": data_index})

    def form(self, **known: Any) -> dict[str, Any]:
        """The registration form with every field of the table."""
        fixed = {
            "enterpriseCode": self.enterprise_code,
            "password": self.password,
            "isorg": "0",
            "cmpName": "独立核对化工厂",
            "zipCode": "650000",
            "registerDate": "2010-05-01",
            "registerPrincipal": "1000",
            "typeCode": "110",
            "industryCode": "C26",
            "fieldCode": "100",
            "energyConsumeLevel": "3",
            "center": "0",
            "jgzh": "0",
            "latitude": "25.04",
            "longitude": "102.71",
            "phone": "087100000000",
            "orgType": "",
            "orgCode": "",
        }
        return tables.sample("B", "enterpriseInfo/apply", **{**fixed, **known})

    def request_ak(self) -> dict[str, Any]:
        self.token_requests += 1
        body = {"password": self.password}
        answer = self.call("/requestAK", body, answered="requestAK")
        _forms("requestAK", answer)
        self.token, self.upload_time = answer["token"], answer["enterpriseUploadTime"]
        return answer

    def check_version(self) -> dict[str, Any]:
        answer = self.authorised("/checkVersion", {}, answered="checkVersion")
        _forms("checkVersion.response", answer)
        self.versions = {name: answer[name] for name in ("regVersion", "dicVersion")}
        return answer

    def platform_access_url(self) -> dict[str, Any]:
        answer = self.authorised("/platformAccessURL", {}, answered="platformAccessURL")
        _forms("platformAccessURL.response", answer)
        return answer

    def data_download(self, item_index: int) -> list[dict[str, Any]]:
        found = list(_entries(self.authorised("/dataDownload", {"itemIndex": str(item_index)})))
        for entry in found:
            _forms("dataDownload", entry)
        return found

    def configure(self, noun: str, action: str, body: Mapping[str, Any]) -> str:
        """`configure("process", "add", …)` → dataIndex of the platform's record."""
        answered = "{add,update,delete}" if action == "add" else ""
        answer = self.authorised(f"/{noun}Configure/{action}", body, answered=answered)
        return str(answer.get("dataIndex", ""))

    def tell(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Any of the one-way operations: `gaugeReplaceConfigure`, `companyContacter` …"""
        return self.authorised(f"/{operation}", body)

    def send(self, **record: Any) -> str:
        """One energy record; → platformTime."""
        body = tables.sample("B", "dataEnterpriseEnergy", **record)
        body.pop("dataIndex", None)
        answer = self.authorised("/dataEnterpriseEnergy", body, answered="dataEnterpriseEnergy")
        if not tables.is_time(answer["platformTime"][:19], tables.INSTANT):
            raise Disagreement(f"platformTime is {answer['platformTime']!r}")
        return answer["platformTime"]

    def authorised(self, path: str, body: Mapping[str, Any], *, answered: str = "") -> dict[str, Any]:
        """A call with the token; when the platform says 401, one new token and the call once more."""
        code, answer = self.post(path, body)
        if code == TOKEN_BAD:
            self.request_ak()
            code, answer = self.post(path, body)
        return _data(path, code, answer, answered)

    def call(self, path: str, body: Mapping[str, Any], *, answered: str = "") -> dict[str, Any]:
        code, answer = self.post(path, body)
        return _data(path, code, answer, answered)

    def post(self, path: str, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """→ the code of the answer as text, and the answer."""
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = json.dumps({**body, **self._who()}, ensure_ascii=False).encode()
        request = urllib.request.Request(f"{self.base}/YNEnergy{path}", content, headers)
        context = ssl._create_unverified_context() if self.base.startswith("https") else None
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read())
        if "responseCode" not in answer or not isinstance(answer.get("responseMessage"), str):
            raise Disagreement(f"{path}: {answer}")
        return str(answer["responseCode"]), answer

    def _who(self) -> dict[str, str]:
        return {"enterpriseCode": self.enterprise_code, **self.versions}


def _data(path: str, code: str, answer: Mapping[str, Any], answered: str) -> dict[str, Any]:
    if code != SUCCESS:
        raise Disagreement(f"{path} refused: {answer}")
    data = answer.get("data") or {}
    missing = [name for name in answer_names(answered) if name not in data] if answered else []
    if missing:
        raise Disagreement(f"{path}: the answer lacks {', '.join(missing)}: {answer}")
    return data if isinstance(data, dict) else {"data": data}


def answer_names(operation: str) -> list[str]:
    """Names that the endpoint table lists in `data` of the answer."""
    row = next(
        row for row in tables.rows("endpoints.csv") if row["dialect"][0] == "B" and row["operation"] == operation
    )
    return [part.strip().removeprefix("data.").split(" ")[0] for part in row["response"].split(",")]


def _forms(message: str, answer: Mapping[str, Any]) -> None:
    """Fields that are there must have the form of the table; a table row may name fields of the request as well."""
    found = [said for said in tables.problems("B", message, answer) if not said.endswith(": missing")]
    if found:
        raise Disagreement("; ".join(found))


def _entries(answer: Any) -> Iterable[dict[str, Any]]:
    if isinstance(answer, list):
        for part in answer:
            yield from _entries(part)
    elif isinstance(answer, dict):
        if "code" in answer and "name" in answer:
            yield answer
        for part in answer.values():
            yield from _entries(part)
