"""A platform of dialect A, written from the field tables alone, as the known provincial platforms behave.

It answers only `responseCode` and `responseMessage`, judges every field it receives by the tables, upserts on
(enterprise, dataCode, statType, statDate), and accepts or refuses a batch as a whole. `problems` is what it would tell
the gateway's maker.
"""

from __future__ import annotations

import json
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from . import sm4, tables
from .gateway_a import ALL, ALL_BUT_UPLOAD_DATE, CIPHERED, NONE

RECEIVED = "RECEIVE SUCCESS"
NOT_DECIPHERED = "解密失败！"
FOREIGN_DEVICE = "序列号与企业统一社会信用代码不符"
PATHS = {  # names of the register answer and paths under the prefix
    "loadDicVersionURL": "versionCheck",
    "centerInfoURL": "uploadConfigData",
    "centerDataURL": "uploadEnergyData",
    "centerInfoDownloadURL": "downloadConfigData",
    "centerDataDownloadURL": "downloadData",
    "centerMeteringDataURL": "uploadMeteringData",
    "downloadBaseDataURL": "downloadBaseData",
    "loadConfigURL": "loadConfig",
}
OPTIONAL = frozenset(
    field.name for field in tables.shape("A", "register.response") if field.name.endswith("URL") and not field.required
)
TRUTH = {"true": True, "false": False}  # a truth value that went through the cipher as text
Key = tuple[str, str, str, str]


class Refused(Exception):
    """Answer responseCode "1" with this text."""


@dataclass
class Device:
    """What the platform keeps of a registered unit."""

    device_id: str
    enterprise_code: str
    region: str
    secret_key: str
    approved: bool


@dataclass
class Platform:
    """One provincial platform; `encryption` as the province says, `optional_urls` False as most leave them out."""

    encryption: str = NONE
    prefix: str = "/enterprise"
    optional_urls: bool = True
    approve_at_once: bool = True
    upload_time: str = "00:30:00"
    faults: list[str] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)
    kept: dict[Key, dict[str, Any]] = field(default_factory=dict)
    configuration: dict[str, dict[str, Any]] = field(default_factory=dict)
    instruments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    operations: list[str] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    reg_version: str = "1"
    dic_version: str = "1"
    base: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def register_url(self) -> str:
        return f"{self.base}{self.prefix}/register"

    def approve(self) -> None:
        """Approve what has registered, and what will."""
        self.approve_at_once = True
        for device in self.devices.values():
            device.approved = True

    def answer(self, path: str, body: Any, _authorization: str = "") -> dict[str, Any] | None:
        """The answer to one call; None for a path that nobody told the gateway."""
        operation = path.removeprefix(self.prefix + "/")
        calls: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "register": self._register,
            "versionCheck": self._version_check,
            "downloadBaseData": self._base_data,
            "uploadConfigData": self._config,
            "uploadMeteringData": self._metering,
            "uploadEnergyData": self._energy,
            "downloadConfigData": self._download_config,
            "downloadData": self._download_data,
            "loadConfig": self._load_config,
        }
        if not path.startswith(self.prefix + "/") or operation not in calls:
            return None
        with self.lock:
            self.operations.append(operation)
            self.requests.append((operation, body))
            try:
                if not isinstance(body, Mapping):
                    raise Refused("请求不是JSON对象")
                return {"responseCode": "0", "responseMessage": RECEIVED, **calls[operation](body)}
            except Refused as refusal:
                return {"responseCode": "1", "responseMessage": str(refusal)}

    def _register(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("register.request", body)
        code, region = str(body.get("enterpriseCode")), str(body.get("region"))
        device = next((known for known in self.devices.values() if known.enterprise_code == code), None)
        if device is None:
            key = uuid.uuid4().hex if self.encryption != NONE else ""
            device = Device(uuid.uuid4().hex, code, region, key, self.approve_at_once)
            self.devices[device.device_id] = device
        offered = {name: f"{self.base}{self.prefix}/{path}" for name, path in PATHS.items()}
        if not self.optional_urls:
            offered = {name: url for name, url in offered.items() if name not in OPTIONAL}
        answer = {"deviceId": device.device_id, **offered, "uploadTime": self.upload_time}
        return {**answer, "secretKey": device.secret_key} if device.secret_key else answer

    def _version_check(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("versionCheck.request", body)
        if body.get("deviceId") not in self.devices:
            raise Refused(FOREIGN_DEVICE)
        return {"regVersion": self.reg_version, "dicVersion": self.dic_version}

    def _base_data(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("deviceId") not in self.devices:
            raise Refused(FOREIGN_DEVICE)
        return {"energyType": [{"code": "3300", "name": "电力", "classCode": "02", "unit": "万千瓦时", "pcode": ""}]}

    def _config(self, body: Mapping[str, Any]) -> dict[str, Any]:
        device = self._device(body)
        for part, message in (
            ("collectItemConfig", "collectItemConfig[]"),
            ("process", "process[]"),
            ("processUnit", "processUnit[]"),
        ):
            for row in self._list(body, part):
                self._judge(f"uploadConfigData.{message}", row)
        for part in ("enterprise", "group"):
            if part in body or part == "enterprise":
                self._judge(f"uploadConfigData.{part}", body.get(part))
        for row in self._list(body, "collectItemConfig"):
            written = "{processCode}-{processUnitCode}-{equipmentCode}{equipmentUnitCode}-"
            written += "{energyClassCode}{energyTypeCode}-{dataUsageCode}"
            self._note(tables.scope_problem(str(row.get("scope")), written.format_map(_Blank(row))))
        self.configuration[device.enterprise_code] = dict(body)
        return {}

    def _metering(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The key of the list is not known: it is the one that holds a list."""
        device = self._device(body)
        lists = [value for value in body.values() if isinstance(value, list)]
        if len(lists) != 1:
            raise Refused("计量器具列表应为一个数组")
        for row in lists[0]:
            self._judge("uploadMeteringData.<item>", row)
        self.instruments[device.enterprise_code] = lists[0]
        return {}

    def _energy(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._judge("uploadEnergyData.request", body)
        device = self._device(body)
        records = [self._plain(device, record) for record in self._list(body, "data")]
        found = [said for record in records for said in record_problems(record)]
        self.problems += found
        if found:
            raise Refused("数据格式错误：" + found[0])
        for record in records:
            key = (device.enterprise_code, record["dataCode"], record["statType"], record["statDate"])
            self.kept[key] = record
        return {}

    def _download_config(self, body: Mapping[str, Any]) -> dict[str, Any]:
        device = self._device(body)
        return dict(self.configuration.get(device.enterprise_code, {}))

    def _download_data(self, body: Mapping[str, Any]) -> dict[str, Any]:
        device = self._device(body)
        return {"data": [record for key, record in self.kept.items() if key[0] == device.enterprise_code]}

    def _load_config(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Its use is not known: an empty answer."""
        self._device(body)
        return {}

    def _device(self, body: Mapping[str, Any]) -> Device:
        device = self.devices.get(str(body.get("deviceId")))
        if device is None or device.enterprise_code != body.get("enterpriseCode"):
            raise Refused(FOREIGN_DEVICE)
        if not device.approved:
            raise Refused("设备未审核")
        return device

    def _plain(self, device: Device, record: Any) -> dict[str, Any]:
        if not isinstance(record, Mapping):
            raise Refused("data[]应为对象")
        ciphered = CIPHERED.get(self.encryption, frozenset())
        try:
            plain = {
                name: sm4.decrypt_field(device.secret_key, value) if name in ciphered else value
                for name, value in record.items()
            }
            return plain | {"valid": TRUTH.get(plain["valid"], plain["valid"])} if "valid" in ciphered else plain
        except (ValueError, TypeError, AttributeError) as error:
            self.problems.append(f"uploadEnergyData.data[]: not ciphered as the province says ({error})")
            raise Refused(NOT_DECIPHERED) from error

    def _list(self, body: Mapping[str, Any], name: str) -> list[Any]:
        rows = body.get(name)
        if isinstance(rows, list):
            return rows
        self._note(f"{name}: a list is expected, not {rows!r}")
        return []

    def _judge(self, message: str, body: Any) -> None:
        self.problems += tables.problems("A", message, body)

    def _note(self, said: str) -> None:
        if said:
            self.problems.append(said)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def record_problems(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with one record in plain: its fields, its period, its scope."""
    found = tables.problems("A", "uploadEnergyData.data[]", record)
    period = tables.period_problem(str(record.get("statType")), str(record.get("statDate")))
    scope = tables.scope_problem(str(record.get("scope")), str(record.get("dataCode")))
    return found + [said for said in (period, scope) if said]


class _Handler(BaseHTTPRequestHandler):
    platform: Any
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.platform.faults.pop(0) if self.platform.faults else ""
        if fault == "hang up before":
            self.close_connection = True
            return
        if fault == "refuse":
            self._say(200, {"responseCode": "1", "responseMessage": "系统繁忙"})
            return
        if fault == "error page":
            self._say(500, None)
            return
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        kind = self.headers.get("Content-Type", "")
        if not kind.replace(" ", "").lower().startswith("application/json"):
            self.platform.problems.append(f"Content-Type is {kind!r}")
        answer = self.platform.answer(self.path, body, self.headers.get("Authorization", ""))
        if fault == "hang up after":
            self.close_connection = True
            return
        self._say(404 if answer is None else 200, answer)

    def _say(self, status: int, answer: Any) -> None:
        content = b"<html>error</html>" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8" if answer is not None else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(platform: Any, *, certificate: tuple[Path, Path] | None = None) -> Iterator[Any]:
    """Serve a platform (of either dialect) on a free port until the block ends."""
    handler = type("Handler", (_Handler,), {"platform": platform})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    platform.base = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["ALL", "ALL_BUT_UPLOAD_DATE", "NONE", "Platform", "record_problems", "serving"]
