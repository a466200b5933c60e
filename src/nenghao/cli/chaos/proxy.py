"""A network that fails: an HTTP proxy in front of a platform that drops, delays, doubles and truncates calls.

It understands just enough HTTP to know where a request ends, so that it can send one twice or cut it in the middle.
Every request gets its own connection to the platform.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping

FAULTS: Mapping[str, float] = {
    "none": 0.55, "dropped": 0.07, "answer-lost": 0.09, "delayed": 0.07, "doubled": 0.08, "request-truncated": 0.07,
    "answer-truncated": 0.07,
}  # fmt: skip
"""What happens to a request, and how often."""
DELAY_S = 3.0
ANSWER_TIMEOUT_S = 30.0
MAX_HEAD_BYTES = 65_536


class FaultyProxy:
    """Listens on a free port of the loopback address and hands on to ``target_port``; runs in a thread of its own.

    :meth:`calm` ends all faults, :meth:`cut` takes the whole link down for a while; ``counts`` says what happened.
    """

    def __init__(self, target_port: int, *, seed: int) -> None:
        self.target_port = target_port
        self.counts: Counter[str] = Counter()
        self.port = 0
        self._dice = random.Random(seed)  # noqa: S311 - faults, not secrets
        self._calm = False
        self._down_until = 0.0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="faulty-proxy", daemon=True)

    def start(self) -> None:
        """Listen; ``port`` is known afterwards."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)

    def calm(self) -> None:
        """Hand on everything from now on."""
        self._calm, self._down_until = True, 0.0

    def cut(self, seconds: float) -> None:
        """Let nothing through for so long [s]: connections are closed at once."""
        self._down_until = time.monotonic() + seconds
        self.counts["link cut"] += 1

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            request = await _read_request(reader)
            answer = await self._pass_on(request)
            writer.write(answer)
            await writer.drain()
        writer.close()

    async def _pass_on(self, request: bytes) -> bytes:
        """Send a request on with a fault, and give as much of the answer as comes back."""
        if time.monotonic() < self._down_until:
            self.counts["refused while cut"] += 1
            return b""
        fault = "none" if self._calm else self._dice.choices(list(FAULTS), list(FAULTS.values()))[0]
        self.counts[fault] += 1
        if fault == "dropped":
            return b""
        if fault == "delayed":
            await asyncio.sleep(self._dice.uniform(0.0, DELAY_S))
        if fault == "request-truncated":
            await self._ask(request[: self._dice.randrange(1, len(request))], wait=False)
            return b""
        if fault == "doubled":
            first, second = await asyncio.gather(self._ask(request), self._ask(request))
            return self._dice.choice([first, second])
        answer = await self._ask(request)
        if fault == "answer-lost":
            return b""
        return answer[: self._dice.randrange(0, len(answer))] if fault == "answer-truncated" and answer else answer

    async def _ask(self, request: bytes, *, wait: bool = True) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            writer.write(request)
            await writer.drain()
            return await asyncio.wait_for(reader.read(-1), ANSWER_TIMEOUT_S) if wait else b""
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one request whole; ask the platform to close the connection behind its answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + await reader.readexactly(length)
