"""A platform of dialect B (Yunnan) that takes what a gateway sends and writes down what is not as the table has it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nenghao.cli.conformance import judge
from nenghao.cli.conformance.faults import Fault, Faults, Key
from nenghao.cli.conformance.notebook import Notebook, RefusedError, Slot, judge_faults
from nenghao.cli.conformance.report import Report
from nenghao.errors import NenghaoError
from nenghao.periods import wall
from nenghao.protocol import DataCode, MessageError, Profile
from nenghao.protocol.yunnan import (
    BASE_PATH,
    DICTIONARIES,
    OPERATIONS,
    asked_indexes,
    check_fields,
    decrypt_pin,
    dictionary_version,
    from_wire_code,
    make_dictionary,
    written_moment,
)
from nenghao.protocol.yunnan.answers import BAD, RECEIVED, SUCCESS, TOKEN_BAD
from nenghao.protocol.yunnan.operations import ENERGY

TOKEN_LIFE = timedelta(hours=2)
TOKEN_DIES_AT = 12
"""With faults the token is forgotten at this upload."""
ORDER = ("enterpriseInfo/rwk", "enterpriseInfo/apply", "requestAK", "checkVersion", "dataCollectConfigure/add", ENERGY)
REG_VERSION = "1"
ADDRESSES = {
    "enterpriseDataDownloadURL": "dataDownload", "enterpriseDataURL": ENERGY,
    "enterpriseInfoDownloadURL": "dataDownload", "enterpriseInfoURL": "enterpriseInfo",
    "loadBaseDataURL": "dataDownload", "organizationDataURL": "arganEnergy",
}  # fmt: skip


@dataclass(slots=True)
class YunnanPlatform:
    """One run of ``conformance serve`` in dialect B. ``base`` is its address, ``now`` gives aware time."""

    profile: Profile
    upload_time: str
    now: Callable[[], datetime]
    base: str = ""
    faults: Faults = field(default_factory=lambda: Faults(enabled=False))
    notebook: Notebook = field(default_factory=Notebook)
    enterprise_code: str = ""
    working_key: str = field(default_factory=lambda: secrets.token_hex(8))
    pin: str = ""
    token: str = ""
    uploads: int = 0
    killed: set[Key] = field(default_factory=set)
    indexes: dict[str, str] = field(default_factory=dict)
    configured: set[tuple[str, str]] = field(default_factory=set)
    kept: dict[Key, dict[str, str]] = field(default_factory=dict)
    slot: Slot = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the slot that is handed out."""
        self.slot = Slot(self.upload_time)

    @property
    def register_url(self) -> str:
        """What a gateway is given: the base below which all operations lie."""
        return f"{self.base}/{BASE_PATH}"

    def answer(self, path: str, message: object, raw: bytes, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """Answer one call; ``None`` for an operation that is not known."""
        operation = path.removeprefix(f"/{BASE_PATH}/")
        if operation not in OPERATIONS or not path.startswith(f"/{BASE_PATH}/"):
            self.notebook.note("addresses", [path[:80]])
            return None
        self.notebook.calls.append(operation)
        try:
            if not isinstance(message, Mapping):
                self.notebook.note("json", [f"{operation}: {raw[:60]!r}"])
                raise RefusedError("报文不是 JSON 对象 / the body is not a JSON object")
            if OPERATIONS[operation].takes_token and not self._is_token(headers, message):
                return {"responseCode": TOKEN_BAD, "responseMessage": "token", "data": {}}
            data = self._handle(operation, self._fields(operation, message))
            return {"responseCode": SUCCESS, "responseMessage": RECEIVED, "data": data}
        except RefusedError as refusal:
            return {"responseCode": BAD, "responseMessage": str(refusal), "data": {}}

    def befall(self, path: str, message: object) -> Fault | None:
        """Tell which fault this call meets; one upload finds its token forgotten."""
        if path != f"/{BASE_PATH}/{ENERGY}" or not isinstance(message, Mapping):
            return None
        self.uploads += 1
        if self.faults.enabled and self.uploads == TOKEN_DIES_AT:
            self.token, self.killed = "", {_key(message)}
        fault = self.faults.next()
        if fault is not None:
            self.faults.cost(fault, {_key(message)})
        return fault

    def arrived(self, path: str, message: object, answer: Mapping[str, Any]) -> None:
        """Count a record as arrived once its answer has gone out."""
        if path.endswith(ENERGY) and answer.get("responseCode") == SUCCESS and isinstance(message, Mapping):
            self.faults.arrived({_key(message)})
            self.killed.discard(_key(message))

    def content_type(self, given: str) -> None:
        """Look at the ``Content-Type`` of a call."""
        if not given.replace(" ", "").lower().startswith("application/json"):
            self.notebook.note("content-type", [given[:80]])

    def _is_token(self, headers: Mapping[str, str], message: Mapping[str, Any]) -> bool:
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        if message.get("enterpriseCode") != self.enterprise_code:
            self.notebook.note("identity", [str(message.get("enterpriseCode"))])
        return bool(self.token) and given == f"Bearer {self.token}"

    def _fields(self, operation: str, message: Mapping[str, Any]) -> dict[str, str]:
        step_id = {ENERGY: "energy-fields", "enterpriseInfo/apply": "application", "requestAK": "token"}.get(
            operation, "config-fields"
        )
        if OPERATIONS[operation].takes_token and operation != "checkVersion":
            absent = [name for name in ("regVersion", "dicVersion") if not message.get(name)]
            self.notebook.note("versions", [f"{operation}: {name}" for name in absent])
        try:
            return check_fields(OPERATIONS[operation], message)
        except MessageError as error:
            said = f"{operation}.{error.rejection.field}: {error.rejection.message_en}"
            self.notebook.note(step_id, [said])
            raise RefusedError(said) from None

    def _handle(self, operation: str, fields: dict[str, str]) -> dict[str, Any]:
        fixed: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
            "enterpriseInfo/rwk": self._key_for, "enterpriseInfo/apply": self._apply, "requestAK": self._give_token,
            "dataDownload": self._dictionaries, "dataDownload/public": self._dictionaries, ENERGY: self._record,
        }  # fmt: skip
        if operation in fixed:
            return fixed[operation](fields)
        if operation == "checkVersion":
            return {
                "regVersion": REG_VERSION, "dicVersion": dictionary_version(), "modifyDescription": "",
                "loadPlatformDataURL": f"{self.register_url}/dataDownload",
            }  # fmt: skip
        if operation == "platformAccessURL":
            return {name: f"{self.register_url}/{path}" for name, path in ADDRESSES.items()}
        return self._configure(operation, fields)

    def _key_for(self, fields: dict[str, str]) -> dict[str, Any]:
        self.enterprise_code = fields["enterpriseCode"]
        return {"secretKey": self.working_key}

    def _apply(self, fields: dict[str, str]) -> dict[str, Any]:
        self.pin = self._opened("application", fields)
        index = self.indexes.setdefault("enterpriseInfo", secrets.token_hex(16))
        return {"dataIndex": index}

    def _give_token(self, fields: dict[str, str]) -> dict[str, Any]:
        if self._opened("token", fields) != self.pin:
            self.notebook.note("token", ["PIN"])
            raise RefusedError("口令不对 / the password is wrong")
        self.token = secrets.token_hex(16)
        now = self.now()
        return {
            "token": self.token, "akValidAt": written_moment(now), "akExpiresIn": written_moment(now + TOKEN_LIFE),
            "enterpriseUploadTime": self.upload_time, "platformURL": self.register_url,
        }  # fmt: skip

    def _opened(self, step_id: str, fields: dict[str, str]) -> str:
        try:
            code = fields["enterpriseCode"]
            return decrypt_pin(fields.get("password", ""), working_key=self.working_key, enterprise_code=code)
        except NenghaoError as error:
            self.notebook.note(step_id, ["password"])
            raise RefusedError(error.message_zh) from None

    def _dictionaries(self, fields: dict[str, str]) -> dict[str, Any]:
        try:
            wanted = asked_indexes(fields["itemIndex"])
        except NenghaoError as error:
            self.notebook.note("dictionaries", [f"itemIndex {fields['itemIndex']}"])
            raise RefusedError(error.message_zh) from None
        return {DICTIONARIES[index]: make_dictionary(index) for index in wanted}

    def _configure(self, operation: str, fields: dict[str, str]) -> dict[str, Any]:
        given = fields.get("dataIndex", "")
        if OPERATIONS[operation].verb in ("update", "delete") and given not in self.indexes.values():
            self.notebook.note("data-index", [f"{operation}: {given}"])
            raise RefusedError("dataIndex")
        if operation.startswith("dataCollectConfigure") and not operation.endswith("delete"):
            self.configured.add((fields.get("dataCode", ""), fields.get("statType", "")))
        index = given or secrets.token_hex(16)
        self.indexes[index] = index
        return {"dataIndex": index}

    def _record(self, fields: dict[str, str]) -> dict[str, Any]:
        notebook, here = self.notebook, wall(self.now())
        code = from_wire_code(fields["dataCode"])
        if "-" in fields["dataCode"] or not DataCode.matches(code):
            notebook.note("energy-fields", [f"dataCode {fields['dataCode']}"])
        period = judge.period_problem(fields, self.profile.realtime_minutes)
        notebook.note("periods", [period] if period else [])
        scope = judge.scope_problem(fields["scope"], code)
        notebook.note("scope-codes", [scope] if scope else [])
        self.slot.look(here, datetime.fromisoformat(fields["statDate"]))
        notebook.counts["repeated"] += _key(fields) in self.kept
        notebook.counts[f"statType {fields['statType']}"] += 1
        self.kept[_key(fields)] = fields
        return {"platformTime": f"{here:%Y-%m-%d %H:%M:%S}"}


def judge_yunnan_gateway(platform: YunnanPlatform, target: str) -> Report:
    """Judge everything that was seen so far."""
    report = Report("platform", target, platform.profile.name, "serve_b")
    notebook = platform.notebook
    if not notebook.calls:
        report.complete("没有网关来访 / no gateway called")
        return report
    for step_id, operation in (
        ("working-key", "enterpriseInfo/rwk"), ("application", "enterpriseInfo/apply"), ("token", "requestAK"),
        ("versions", "checkVersion"), ("config-fields", "dataCollectConfigure/add"), ("energy-fields", ENERGY),
        ("periods", ENERGY), ("scope-codes", ENERGY),
    ):  # fmt: skip
        calls = notebook.calls.count(operation)
        holds = calls > 0 and not notebook.has(step_id)
        report.judge(step_id, holds, f"{operation}: {calls} calls", notebook.found(step_id))
    downloads = sum(name.startswith("dataDownload") for name in notebook.calls)
    report.judge("dictionaries", downloads > 0 and not notebook.has("dictionaries"), "", f"{downloads} calls")
    first = [operation for operation in dict.fromkeys(notebook.calls) if operation in ORDER]
    report.judge("order", first == [name for name in ORDER if name in first], "", " → ".join(first))
    for step_id in ("addresses", "content-type", "json", "identity", "data-index"):
        report.judge(step_id, not notebook.has(step_id), f"{len(notebook.calls)} calls", notebook.found(step_id))
    uploaded = {(code, stat_type) for code, stat_type, _ in platform.kept}
    missing = [f"{code} statType {stat_type}" for code, stat_type in sorted(uploaded - platform.configured)]
    report.judge("config-complete", bool(uploaded) and not missing, f"{len(uploaded)} items", ", ".join(missing[:4]))
    _judge_token_life(report, platform)
    platform.slot.judge(report)
    judge_faults(report, platform.faults)
    report.facts |= {"enterpriseUploadTime": platform.upload_time, "records": str(len(platform.kept))}
    report.facts |= {name: str(count) for name, count in sorted(notebook.counts.items()) if "problems" not in name}
    return report


def _judge_token_life(report: Report, platform: YunnanPlatform) -> None:
    if not platform.faults.enabled or platform.uploads < TOKEN_DIES_AT:
        report.pass_over("token-renewed", "not run", "--faults")
        return
    renewed = platform.notebook.calls.count("requestAK") > 1 and not platform.killed
    calls = f"requestAK: {platform.notebook.calls.count('requestAK')} calls"
    report.judge("token-renewed", renewed, "401", calls)


def _key(fields: Mapping[str, Any]) -> Key:
    return (str(fields.get("dataCode")), str(fields.get("statType")), str(fields.get("statDate")))
