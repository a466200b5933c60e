"""A small platform for the edge's tests: dialect A written down once more, in plain json, without nenghao's code."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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
        self.lock = threading.Lock()
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with platform.lock:
                    status, answer = platform.answer(self.path, body)
                    if self.path == "/data" and platform.lose_answers:
                        platform.lose_answers -= 1
                        self.close_connection = True
                        return
                data = json.dumps(answer, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str, body: dict) -> tuple[int, dict]:
        if self.fail_next:
            self.fail_next -= 1
            return 503, {}
        return getattr(self, "on_" + path.strip("/").replace("/", "_"))(body)

    def on_register(self, body: dict) -> tuple[int, dict]:
        assert set(body) >= {"enterpriseCode", "region"}
        return 200, {
            "responseCode": "0", "responseMessage": "RECEIVE SUCCESS", "deviceId": "ab" * 16,
            "loadDicVersionURL": f"{self.url}/version", "centerInfoURL": f"{self.url}/config",
            "centerDataURL": f"{self.url}/data", "centerMeteringDataURL": f"{self.url}/metering",
            "downloadBaseDataURL": f"{self.url}/base", "uploadTime": "02:00:00", "secretKey": self.secret_key,
        }  # fmt: skip

    def on_version(self, body: dict) -> tuple[int, dict]:
        assert body == {"deviceId": "ab" * 16}
        return 200, {
            "responseCode": "0", "responseMessage": "", "regVersion": "1", "dicVersion": self.dic_version,
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
        self.backlogs.append(body.get("backlog"))
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

    def days_kwh(self, data_code: str) -> dict[str, float]:
        """Give the day rows of a code in kWh (the wire carries 万kWh)."""
        return {
            date[:10]: float(record["dataValue"]) * 1e4
            for (code, stat, date), record in self.records.items()
            if code == data_code and stat == "1"
        }
