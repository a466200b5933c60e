"""A small platform for the edge's tests: dialect A written down once more, in plain json, without nenghao's code."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from email.message import Message
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def handler_of(platform: Platform) -> type[BaseHTTPRequestHandler]:
    """Give what speaks HTTP for a platform."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(platform.delay_s)
            with platform.lock:
                status, answer = platform.first_look(self.path, raw, self.headers)
                if self.path == "/data" and platform.lose_answers:
                    platform.lose_answers -= 1
                    self.close_connection = True
                    return
            data = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response_only(status)
            self.send_header("Date", formatdate(time.time() + platform.clock_ahead_s, usegmt=True))
            if status == 429:
                self.send_header("Retry-After", platform.retry_after)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # who asked did not wait
                self.wfile.write(data)

        def log_message(self, *_args) -> None:
            pass

    return Handler


class Platform:
    """Keeps every record by (dataCode, statType, statDate); what it has answered with "0" it holds."""

    def __init__(self) -> None:
        self.approved = True
        self.fail_next = 0
        self.lose_answers = 0
        self.secret_key = ""
        self.dic_version = "1"
        self.unknown_codes: set[str] = set()
        self.records: dict[tuple[str, str, str], dict] = {}
        self.received = 0
        self.backlogs: list[int | None] = []
        self.configs: list[dict] = []
        self.metering: list[dict] = []
        self.base_data_downloads = 0
        self.reg_version = "1"
        self.device_id = "ab" * 16
        self.upload_time = "02:00:00"
        self.sent: list[list[dict]] = []
        """The records of every data request that was answered with "0", in order."""
        self.requests = 0
        self.closes_after = 1 << 30
        """So many data requests it takes; then it is away."""
        self.delay_s = 0.0
        self.clock_ahead_s = 0.0
        self.most_bytes = 1 << 30
        self.too_many = 0
        self.retry_after = "1"
        self.refuses: Callable[[dict], bool] = lambda record: False
        """A record that makes the whole batch fail without a word which one it was."""
        self.choke_status = 200
        self.gives_back = False
        self.sign_key = ""
        self.signed = 0
        self.unsigned: list[str] = []
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def first_look(self, path: str, raw: bytes, headers: Message) -> tuple[int, dict]:
        """What a platform decides before it reads a message."""
        self.requests += path == "/data"
        if path == "/data" and len(self.sent) >= self.closes_after:
            return 503, {}
        if path == "/data" and len(raw) > self.most_bytes:
            return 413, {}
        if path == "/data" and self.too_many:
            self.too_many -= 1
            return 429, {}
        if self.sign_key and path != "/register":
            if not self.signature_holds(path, raw, headers):
                self.unsigned.append(path)
                return 200, {"responseCode": "1", "responseMessage": "签名有误"}
            self.signed += 1
        return self.answer(path, json.loads(raw))

    def signature_holds(self, path: str, raw: bytes, headers: Message) -> bool:
        """HMAC-SM3 by the words of the protocol page, with the standard library alone."""
        stamp, nonce = headers.get("X-Nenghao-Timestamp", "0"), headers.get("X-Nenghao-Nonce", "")
        text = "\n".join(("POST", path, stamp, nonce, hashlib.new("sm3", raw).hexdigest()))
        wanted = hmac.new(bytes.fromhex(self.sign_key), text.encode(), "sm3").hexdigest()
        on_time = abs(int(stamp) - (time.time() + self.clock_ahead_s)) < 30
        return on_time and headers.get("X-Nenghao-Signature", "") == wanted

    def answer(self, path: str, body: dict) -> tuple[int, dict]:
        if self.fail_next:
            self.fail_next -= 1
            return 503, {}
        return getattr(self, "on_" + path.strip("/").replace("/", "_"))(body)

    def on_register(self, body: dict) -> tuple[int, dict]:
        assert set(body) >= {"enterpriseCode", "region"}
        return 200, {
            "responseCode": "0", "responseMessage": "RECEIVE SUCCESS", "deviceId": self.device_id,
            "loadDicVersionURL": f"{self.url}/version", "centerInfoURL": f"{self.url}/config",
            "centerDataURL": f"{self.url}/data", "centerMeteringDataURL": f"{self.url}/metering",
            "downloadBaseDataURL": f"{self.url}/base",
            **({} if not self.gives_back else {
                "centerInfoDownloadURL": f"{self.url}/config_back", "centerDataDownloadURL": f"{self.url}/data_back",
            }), "uploadTime": self.upload_time, "secretKey": self.secret_key,
            "signKey": self.sign_key if body.get("signing") == "hmac-sm3" else "",
        }  # fmt: skip

    def on_version(self, body: dict) -> tuple[int, dict]:
        assert body == {"deviceId": self.device_id}
        return 200, {
            "responseCode": "0", "responseMessage": "", "regVersion": self.reg_version, "dicVersion": self.dic_version,
        }  # fmt: skip

    def on_base(self, body: dict) -> tuple[int, dict]:
        self.base_data_downloads += 1
        return 200, {"responseCode": "0", "responseMessage": "", "energyTypes": []}

    def on_config(self, body: dict) -> tuple[int, dict]:
        self.configs.append(body)
        return 200, {"responseCode": "0", "responseMessage": ""}

    def on_metering(self, body: dict) -> tuple[int, dict]:
        self.metering.append(body)
        return 200, {"responseCode": "0", "responseMessage": ""}

    def on_data(self, body: dict) -> tuple[int, dict]:
        if not self.approved:
            return 200, {"responseCode": "1", "responseMessage": "设备未审核"}
        if any(self.refuses(record) for record in body["data"]):
            return self.choke_status, {"responseCode": "1", "responseMessage": "数据有误"}
        self.backlogs.append(body.get("backlog"))
        self.sent.append(body["data"])
        rejected = []
        for index, record in enumerate(body["data"]):
            self.received += 1
            if record["dataCode"] in self.unknown_codes:
                rejected.append({"index": index, "code": "data-code-unknown", "messageZh": "未知数据项"})
                continue
            self.records[record["dataCode"], record["statType"], record["statDate"]] = record
        return 200, {
            "responseCode": "0", "responseMessage": "", "rejected": rejected,
            "accepted": len(body["data"]) - len(rejected), "batch": 1,
        }  # fmt: skip

    def on_config_back(self, body: dict) -> tuple[int, dict]:
        if not self.approved:
            return 200, {"responseCode": "1", "responseMessage": "设备未审核"}
        held = {key: value for key, value in self.configs[-1].items() if key not in ("deviceId", "enterpriseCode")}
        if body.get("cursor") == "meters":
            return 200, {"responseCode": "0", "responseMessage": "", "data": self.metering[-1]["data"]}
        return 200, {"responseCode": "0", "responseMessage": "", **held, "nextCursor": "meters"}

    def on_data_back(self, body: dict) -> tuple[int, dict]:
        first = int(body.get("cursor") or 0)
        inside = [r for r in self.records.values() if body["startDate"] <= r["statDate"] < body["endDate"]]
        inside.sort(key=lambda record: (record["statDate"], record["dataCode"], record["statType"]))
        answer = {"responseCode": "0", "responseMessage": "", "data": inside[first : first + 150]}
        return 200, answer | ({"nextCursor": str(first + 150)} if first + 150 < len(inside) else {})

    def days_kwh(self, data_code: str) -> dict[str, float]:
        """Give the day rows of a code in kWh (the wire carries 万kWh)."""
        return {
            date[:10]: float(record["dataValue"]) * 1e4
            for (code, stat, date), record in self.records.items()
            if code == data_code and stat == "1"
        }
