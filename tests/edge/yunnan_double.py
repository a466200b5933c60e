"""A platform of dialect B that does what the test says: dies tokens, refuses without a reason, asks for patience."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class YunnanDouble:
    """Answers as little as a foreign platform may; ``refuse(body)`` gives an answer instead of the usual one."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str, str], dict] = {}
        self.calls: list[str] = []
        self.tokens: list[str] = []
        self.token_uses = 10**9
        self.refuse = lambda path, body: None
        self.bad_token: dict | int = {"responseCode": 401, "responseMessage": "expired"}
        self.lock = threading.Lock()
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with double.lock:
                    answer = double.answer(self.path, body, self.headers.get("Authorization", ""))
                raw = b"{}" if isinstance(answer, int) else json.dumps(answer).encode()
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/YNEnergy"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, url: str, body: dict, authorization: str) -> dict | int:
        path = url.removeprefix("/YNEnergy/")
        self.calls.append(path)
        if path not in ("enterpriseInfo/rwk", "dataDownload/public", "enterpriseInfo/apply", "requestAK"):
            if not self.tokens or authorization != f"Bearer {self.tokens[-1]}" or not self.token_uses:
                return self.bad_token
            self.token_uses -= 1
        said = self.refuse(path, body)
        return said or {"responseCode": 200, "responseMessage": "ok", "data": self._data(path, body)}

    def _data(self, path: str, body: dict) -> dict:
        if path == "requestAK":
            self.tokens.append(f"t{len(self.tokens)}")
            self.token_uses = 10**9 if len(self.tokens) > 1 else self.token_uses
            return {"token": self.tokens[-1]}
        if path == "dataEnterpriseEnergy":
            self.records[body["dataCode"], body["statType"], body["statDate"]] = body
        known = {
            "enterpriseInfo/rwk": {"secretKey": "0123456789abcdef"},
            "checkVersion": {"regVersion": "1", "dicVersion": "2"},
        }
        return known.get(path) or {"dataIndex": f"n{len(self.calls)}"}
