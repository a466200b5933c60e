"""Large bodies, waited for on the event loop: however slowly one comes, it takes no thread, and little memory.

What has come lies in a file without a name once it outgrows the memory that one body may have. Who sends more slowly
than a poor line would, or while too much of others already lies here, is told so and the connection is closed.
"""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO, Any

LARGEST_BYTES = 64 * 2**20
"""A body that says it is larger is not read at all."""
IN_MEMORY_BYTES = 256 * 2**10
HELD_BYTES = 2**30
"""So much of all bodies that still arrive, in files and memory; then large ones are put off."""
PATIENCE_S = 60.0
SLOWEST_BYTES_PER_S = 8192
"""At every moment so much must have come, but for the first :data:`PATIENCE_S`."""
_WORDS = {
    408: "请求正文到达过慢，请检查线路后重试 / the body came too slowly: check the line and send it again",
    413: "请求正文超过 64 MiB，请分批发送 / the body is larger than 64 MiB: send it in parts",
    503: "正在接收的大请求过多，请稍后重试 / too many large bodies are arriving: send it again later",
}


class BodyError(Exception):
    """A body that is not waited for: the HTTP status to answer, and words for it in both languages."""

    def __init__(self, status: int) -> None:
        super().__init__(_WORDS[status])
        self.status, self.words = status, _WORDS[status]


class Bodies:
    """Takes the large bodies of one event loop."""

    def __init__(
        self, *, patience_s: float = PATIENCE_S, slowest_bytes_per_s: float = SLOWEST_BYTES_PER_S,
        most_bytes: int = HELD_BYTES,
    ) -> None:  # fmt: skip
        self._patience_s, self._slowest_bytes_per_s = patience_s, slowest_bytes_per_s
        self._most_bytes = most_bytes
        self.held_bytes = 0
        """Of all bodies that still arrive."""

    async def whole(self, protocol: Any) -> IO[bytes]:
        """Give the body of a request as a file once all of it is here; raise :class:`BodyError` where it is not.

        ``protocol`` is granian's: iterating it gives the pieces; it raises ``ProtocolClosed`` when the caller leaves.
        """
        body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 -- whoever asked closes it
        arrived = 0
        try:
            started = asyncio.get_running_loop().time()
            pieces = protocol.__aiter__()
            while True:
                until = started + self._patience_s + arrived / self._slowest_bytes_per_s
                try:
                    async with asyncio.timeout_at(until):
                        piece = await pieces.__anext__()  # anext() with a default ends granian
                except StopAsyncIteration:
                    break
                arrived += len(piece)
                self.held_bytes += len(piece)
                if self.held_bytes > self._most_bytes:
                    raise BodyError(503)
                body.write(piece)
            body.seek(0)
        except BaseException as error:
            body.close()
            if isinstance(error, TimeoutError):
                raise BodyError(408) from None
            raise
        finally:
            self.held_bytes -= arrived
        return body
