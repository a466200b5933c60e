"""The load generator of the ingest measurement: a process of its own that sends uploads over kept-alive connections.

Every connection sends its next upload as soon as the last one is answered, until the time is up or every enterprise has
sent so many ``turns``. Run as a program: the plan comes as JSON on standard input, the acknowledgements go as JSON to
standard output. Bodies are made once and only get other dates, so that the hub is what is measured.
"""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict

import msgspec

from nenghao.cli.bench.ingest_seed import Gateway
from nenghao.protocol.messages import EnergyRecord
from nenghao.protocol.profile import Profile
from nenghao.protocol.requests import build_energy_upload

_WALL = "%Y-%m-%d %H:%M:%S"


class Plan(TypedDict):
    """What to send. Every upload of an enterprise holds ``quarters`` quarter-hours of each of its first ``items``."""

    gateways: list[Gateway]
    items: int
    quarters: int
    connections: int
    seconds: float
    """How long to go on sending [s]."""
    turns: int
    """How many uploads each enterprise sends at most."""
    port: int
    now: str
    first_day: str


class Answer(msgspec.Struct, rename="camel"):
    """What matters of the hub's answer."""

    response_code: str
    response_message: str = ""
    accepted: int = 0
    batch: int | None = None


@dataclass(slots=True)
class Template:
    """The upload of one enterprise, cut where the period starts stand: the pieces are joined with other dates."""

    head: bytes
    pieces: list[bytes]
    quarters: int

    @classmethod
    def of(cls, plan: Plan, number: int) -> Template:
        """Build the body of one enterprise once with placeholders and cut it."""
        gateway, now = plan["gateways"][number], datetime.fromisoformat(plan["now"])
        items, quarters = plan["items"], plan["quarters"]
        records = [
            EnergyRecord(
                data_code=code, data_value=repr(value_of(number, item, quarter) / 1e4), input_type="1", stat_type="0",
                stat_date=f"@{quarter}@", scope="4" if item else "1",
            )
            for item, code in enumerate(gateway["data_codes"][:items])
            for quarter in range(quarters)
        ]  # fmt: skip
        body = build_energy_upload(
            records, Profile.load("national"), secret_key="", device_id=gateway["device_id"],
            enterprise_code=gateway["enterprise_code"], upload_date=now,
        )  # fmt: skip
        length = len(body) + sum(len(now.strftime(_WALL)) - len(f"@{quarter}@") for quarter in range(quarters)) * items
        head = (
            "POST /nhjc/uploadEnergyData HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/json;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n"
        )
        return cls(head.encode(), body.split(b"@"), quarters)

    def request(self, start: datetime) -> bytes:
        """Give the whole request for the quarter-hours from ``start`` on."""
        dates = [(start + timedelta(minutes=15 * quarter)).strftime(_WALL).encode() for quarter in range(self.quarters)]
        pieces = self.pieces.copy()
        pieces[1::2] = [dates[int(piece)] for piece in pieces[1::2]]
        return self.head + b"".join(pieces)


def value_of(enterprise: int, item: int, quarter: int) -> float:
    """Give the energy [kWh] of a quarter-hour: different by enterprise, item and quarter, exact in binary."""
    return 8 + enterprise + item / 32 + quarter / 1024


@dataclass(slots=True)
class Connection:
    """One kept-alive connection and the upload under way on it."""

    socket: socket.socket
    sent_at: float = 0.0
    upload: tuple[int, int] = (0, 0)
    received: bytearray = field(default_factory=bytearray)

    def answer(self) -> Answer | None:
        """Give the answer once all of it is here."""
        head, separator, body = bytes(self.received).partition(b"\r\n\r\n")
        text = _body(head.lower(), body) if separator else None
        if text is None:
            return None
        self.received.clear()
        return msgspec.json.decode(text, type=Answer) if head[9:12] == b"200" else Answer(head[:12].decode())


def _body(head: bytes, rest: bytes) -> bytes | None:
    """Give the body of an answer, sent whole or in chunks, or nothing while some is still to come."""
    if b"content-length:" in head:
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return rest if len(rest) == length else None
    if not rest.endswith(b"0\r\n\r\n"):
        return None
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body, rest = body + rest[:length], rest[length + 2 :]
    return body


class Load:
    """Sends; ``acknowledged`` holds [batch, enterprise, turn, accepted] of every answer "0"."""

    def __init__(self, plan: Plan) -> None:
        self.first_day, self.seconds = datetime.fromisoformat(plan["first_day"]), plan["seconds"]
        self.templates = [Template.of(plan, number) for number in range(len(plan["gateways"]))]
        self.uploads = itertools.product(range(plan["turns"]), range(len(self.templates)))
        self.acknowledged: list[tuple[int, int, int, int]] = []
        self.latencies_ms: list[float] = []
        self.errors: list[str] = []
        self.selector = selectors.DefaultSelector()
        for _ in range(plan["connections"]):
            opened = socket.create_connection(("127.0.0.1", plan["port"]))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(opened, selectors.EVENT_READ, Connection(opened))

    def run(self) -> dict[str, Any]:
        """Send until the time is up or all is sent, wait for the answers under way, and report."""
        started = time.perf_counter()
        connections: list[Connection] = [key.data for key in self.selector.get_map().values()]
        under_way = sum(self._send(connection) for connection in connections)
        while under_way:
            for key, _ in self.selector.select():
                is_free = self._receive(key.data)
                if not is_free or time.perf_counter() - started >= self.seconds or not self._send(key.data):
                    under_way -= not key.data.sent_at
        return {
            "seconds": time.perf_counter() - started, "acknowledged": self.acknowledged,
            "latencies_ms": self.latencies_ms, "errors": self.errors, "processor_s": time.process_time(),
        }  # fmt: skip

    def _send(self, connection: Connection) -> bool:
        """Send the next upload; tell whether there was one."""
        found = next(self.uploads, None)
        if found is None:
            return False
        turn, enterprise = found
        connection.upload = (enterprise, turn)
        template = self.templates[enterprise]
        request = template.request(self.first_day + timedelta(minutes=15 * template.quarters * turn))
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(request)
        return True

    def _receive(self, connection: Connection) -> bool:
        """Take what has come; tell whether the upload is answered and the connection free. A closed one is an error."""
        chunk = connection.socket.recv(65536)
        connection.received += chunk
        answer = connection.answer() if chunk else Answer("closed")
        if answer is None:
            return False
        self.latencies_ms.append(1000 * (time.perf_counter() - connection.sent_at))
        connection.sent_at = 0.0
        if answer.response_code == "0" and answer.batch is not None:
            self.acknowledged.append((answer.batch, *connection.upload, answer.accepted))
        else:
            self.errors.append(f"upload {connection.upload}: {answer.response_code} {answer.response_message}")
        if not chunk:
            self.selector.unregister(connection.socket)
        return bool(chunk)


if __name__ == "__main__":
    json.dump(Load(json.load(sys.stdin)).run(), sys.stdout)
