"""A platform of dialect A that takes what a gateway sends and writes down what of it is not as the tables have it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from nenghao.cli.conformance import judge
from nenghao.cli.conformance.faults import Fault, Faults, Key
from nenghao.cli.conformance.notebook import Notebook, RefusedError, Slot
from nenghao.periods import wall
from nenghao.protocol import Profile
from nenghao.protocol.messages import FAILURE, RECEIVED, SUCCESS
from nenghao.protocol.signing import HEADERS, HMAC_SM3, verify
from nenghao.protocol.sm4 import looks_encrypted, sm4_decrypt_fields
from nenghao.reference import library

UPLOAD_CLOCK_S = 600
"""How far ``uploadDate`` may be from the clock here (ours) [s]."""
URLS = {
    "loadDicVersionURL": "versionCheck", "downloadBaseDataURL": "downloadBaseData", "centerInfoURL": "uploadConfigData",
    "centerMeteringDataURL": "uploadMeteringData", "centerDataURL": "uploadEnergyData",
    "centerInfoDownloadURL": "downloadConfigData", "centerDataDownloadURL": "downloadData",
}  # fmt: skip


@dataclass(slots=True)
class NationalPlatform:
    """One run of ``conformance serve``. ``base`` is its address, ``now`` gives aware time."""

    profile: Profile
    upload_time: str
    now: Callable[[], datetime]
    base: str = ""
    faults: Faults = field(default_factory=lambda: Faults(enabled=False))
    notebook: Notebook = field(default_factory=Notebook)
    device_id: str = field(default_factory=lambda: secrets.token_hex(16))
    secret_key: str = ""
    sign_key: str = ""
    enterprise_code: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    instruments: list[Any] = field(default_factory=list)
    kept: dict[Key, dict[str, Any]] = field(default_factory=dict)
    slot: Slot = field(init=False)
    nonces: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with the slot that is handed out."""
        self.slot = Slot(self.upload_time)

    @property
    def register_url(self) -> str:
        """What a gateway is given."""
        return self.base + self.profile.address("register")

    def answer(self, path: str, message: object, raw: bytes, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """Answer one call; ``None`` for an address that no gateway was given."""
        calls: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "register": self._register, "versionCheck": self._version_check, "downloadBaseData": self._base_data,
            "uploadConfigData": self._config, "uploadMeteringData": self._metering, "uploadEnergyData": self._energy,
            "downloadConfigData": self._download_config, "downloadData": self._download_data,
        }  # fmt: skip
        operation = next((name for name in calls if path == self.profile.address(name)), "")
        if not operation:
            self.notebook.note("addresses", [path[:80]])
            return None
        self.notebook.calls.append(operation)
        try:
            if not isinstance(message, Mapping):
                self.notebook.note("json", [f"{operation}: {raw[:60]!r}"])
                raise RefusedError("报文不是 JSON 对象 / the body is not a JSON object")
            self._signature(operation, path, raw, headers)
            return {"responseCode": SUCCESS, "responseMessage": RECEIVED, **calls[operation](message)}
        except RefusedError as refusal:
            return {"responseCode": FAILURE, "responseMessage": str(refusal)}

    def keys_of(self, message: object) -> set[Key]:
        """Give the keys of the records of an upload, in plain, without judging it."""
        rows = message.get("data") if isinstance(message, Mapping) else None
        if not isinstance(rows, list):
            return set()
        return {_key(self._decipher(row)) for row in rows if isinstance(row, Mapping)}

    def _register(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.notebook.note("register", judge.field_problems("register", message))
        code = str(message.get("enterpriseCode", ""))
        if self.enterprise_code not in ("", code):
            self.notebook.note("identity", [f"register: {code}"])
        self.enterprise_code = code
        answer = {"deviceId": self.device_id, "uploadTime": self.upload_time}
        answer |= {name: self.base + self.profile.address(operation) for name, operation in URLS.items()}
        if self.profile.encrypts:
            self.secret_key = answer["secretKey"] = self.secret_key or secrets.token_hex(16)
        if message.get("signing") == HMAC_SM3 and self.profile.signing != "off":
            self.sign_key = answer["signKey"] = self.sign_key or secrets.token_hex(32)
        return answer

    def _version_check(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.notebook.note("version-check", judge.field_problems("versionCheck", message))
        self._known(message, enterprise=False)
        return {"regVersion": "1", "dicVersion": library().dictionary_version}

    def _base_data(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._known(message, enterprise=False)
        return {"dicVersion": library().dictionary_version, "data": library().dictionary()}

    def _config(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._known(message)
        found = judge.field_problems("enterprise", message.get("enterprise"))
        for part, shape in (("collectItemConfig",) * 2, ("process",) * 2, ("processUnit",) * 2):
            rows = message.get(part, [])
            if not isinstance(rows, list):
                found.append(f"{part}: {type(rows).__name__}")
                continue
            found += [said for row in rows for said in judge.field_problems(shape, row)]
        self.notebook.note("config-fields", found)
        self.configuration = dict(message)
        return {}

    def _metering(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._known(message)
        rows = message.get(self.profile.metering_key)
        if not isinstance(rows, list):
            self.notebook.note("metering", [f"{self.profile.metering_key}: {type(rows).__name__}"])
            return {}
        self.notebook.note("metering", [said for row in rows for said in judge.field_problems("instrument", row)])
        self.instruments = rows
        return {}

    def _energy(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._known(message)
        rows = message.get("data")
        if not isinstance(rows, list):
            self.notebook.note("energy-fields", ["data: no list"])
            raise RefusedError("data 应为数组 / data is a list")
        problems = [said for row in rows for said in self._cipher_problems(row)]
        self.notebook.note("encryption", problems)
        if problems:
            raise RefusedError("解密失败！")
        for row in rows:
            self._take(self._decipher(row))
        return {}

    def _take(self, row: dict[str, Any]) -> None:
        notebook = self.notebook
        notebook.note("energy-fields", judge.field_problems("record", row))
        period = judge.period_problem(row, self.profile.realtime_minutes)
        notebook.note("periods", [period] if period else [])
        scope = judge.scope_problem(row.get("scope"), row.get("dataCode"))
        notebook.note("scope-codes", [scope] if scope else [])
        valid = str(row.get("valid")).lower()
        if valid not in self.profile.valid_values | self.profile.invalid_values:
            notebook.note("energy-fields", [f"valid: {valid}"])
        self._times(row)
        if _key(row) in self.kept:
            notebook.counts["repeated"] += 1
        self.kept[_key(row)] = row
        notebook.counts[f"statType {row.get('statType')}"] += 1

    def _times(self, row: Mapping[str, Any]) -> None:
        """Judge ``uploadDate`` by the clock here, and whether yesterday's rows waited for today's slot."""
        here = wall(self.now())
        try:
            sent_at = datetime.strptime(str(row.get("uploadDate")), judge.INSTANT)  # noqa: DTZ007
            start = datetime.strptime(str(row.get("statDate")), judge.INSTANT)  # noqa: DTZ007
        except ValueError:
            return
        off_s = abs((sent_at - here).total_seconds())
        self.notebook.note("upload-date", [f"uploadDate {sent_at}, {here:%H:%M:%S}"] if off_s > UPLOAD_CLOCK_S else [])
        self.slot.look(here, start)

    def _cipher_problems(self, row: object) -> list[str]:
        if not isinstance(row, Mapping):
            return ["data[]: no object"]
        should = {name for name in row if name in self.profile.encrypted_fields - self.profile.plain_allowed}
        may = self.profile.encrypted_fields & self.profile.plain_allowed
        found = [f"{name}: 应加密 / must be encrypted" for name in sorted(should) if not _is_cipher(row[name])]
        found += [
            f"{name}: 不应加密 / must be plain"
            for name, value in row.items()
            if name in judge.shapes("fields_a")[1]["record"].required and name not in should | may and _is_cipher(value)
        ]
        plain = self._decipher(row)
        return found + [f"{name}: 解密失败 / not deciphered" for name in plain if plain[name] is None and row[name]]

    def _decipher(self, row: Mapping[str, Any]) -> dict[str, Any]:
        secret = [name for name in row if name in self.profile.encrypted_fields and _is_cipher(row[name])]
        if not secret or not self.secret_key:
            return dict(row)
        plain = sm4_decrypt_fields([str(row[name]) for name in secret], self.secret_key)
        return {**row, **dict(zip(secret, plain, strict=True))}

    def _download_config(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._known(message)
        return self.configuration | {self.profile.metering_key: self.instruments}

    def _download_data(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._known(message)
        return {"data": list(self.kept.values())}

    def _known(self, message: Mapping[str, Any], *, enterprise: bool = True) -> None:
        wrong = message.get("deviceId") != self.device_id
        wrong = wrong or (enterprise and message.get("enterpriseCode") != self.enterprise_code)
        if wrong:
            said = f"{self.notebook.calls[-1]}: {message.get('deviceId')}, {message.get('enterpriseCode')}"
            self.notebook.note("identity", [said])
            raise RefusedError("序列号与企业统一社会信用代码不符")

    def _signature(self, operation: str, path: str, raw: bytes, headers: Mapping[str, str]) -> None:
        """Judge the signature of a gateway that asked for a key."""
        if not self.sign_key or operation == "register":
            return
        lower = {name.lower(): value for name, value in headers.items()}
        given = {name: lower.get(name.lower(), "") for name in HEADERS}
        verdict = verify(self.sign_key, path, raw, given, now=self.now().timestamp())
        replayed = verdict.ok and verdict.nonce in self.nonces
        self.nonces.add(verdict.nonce)
        self.notebook.counts["signed"] += verdict.ok
        self.notebook.note("signature", [f"{operation}: {verdict.code}"] if not verdict.ok else [])
        self.notebook.note("signature", [f"{operation}: nonce"] if replayed else [])

    def befall(self, path: str, message: object) -> Fault | None:
        """Tell which fault this call meets, and remember what it costs."""
        if urlsplit(path).path != self.profile.address("uploadEnergyData"):
            return None
        fault = self.faults.next()
        if fault is not None:
            self.faults.cost(fault, self.keys_of(message))
        return fault

    def content_type(self, given: str) -> None:
        """Look at the ``Content-Type`` of a call."""
        if not given.replace(" ", "").lower().startswith("application/json"):
            self.notebook.note("content-type", [given[:80]])

    def arrived(self, path: str, message: object, answer: Mapping[str, Any]) -> None:
        """Count records as arrived once their answer has gone out."""
        if path == self.profile.address("uploadEnergyData") and answer.get("responseCode") == SUCCESS:
            self.faults.arrived(self.keys_of(message))


def _is_cipher(value: object) -> bool:
    return isinstance(value, str) and looks_encrypted(value)


def _key(row: Mapping[str, Any]) -> Key:
    return (str(row.get("dataCode")), str(row.get("statType")), str(row.get("statDate")))
