"""What every uplink is, and what it works with: one destination's words, its way to post, and the platform's time.

An uplink holds a conversation in one dialect. The :class:`~nenghao.edge.upload.Uploader` of the destination decides
when to speak and what to send, tries again with growing pauses, and writes down what became of each value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx

from nenghao.edge.book import Book, OutboxRow
from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.edge.uplinks.offset import ClockOffset, retry_after_s
from nenghao.errors import NenghaoError


class Uplink(Protocol):
    """The conversation with one platform in its dialect. ``Uplink(channel)`` makes it; it keeps no state of its own
    that the channel's words could not give back after a restart.

    Everything raises ``httpx.HTTPError`` or :class:`~nenghao.errors.NenghaoError` when the platform cannot be reached
    or says no; the uploader tries again and begins with :meth:`introduce`.
    """

    def __init__(self, channel: Channel) -> None: ...

    @property
    def batch_size(self) -> int:
        """How many rows :meth:`send` takes at most."""
        ...

    async def introduce(self, client: httpx.AsyncClient) -> None:
        """Register, look at versions, fetch dictionaries, send the configuration: whatever comes before data.

        Called at the start, after every refusal and after HTTP errors, so it leaves out what is already done.
        Stores at least the word ``device_id`` (what the operator approves) and, when given, ``upload_time`` (HH:mm:ss).
        """
        ...

    async def check(self, client: httpx.AsyncClient) -> None:
        """Look at the platform's versions, every ``version_check_s``; fetch and send again what they ask for."""
        ...

    async def send(self, client: httpx.AsyncClient, rows: Sequence[OutboxRow]) -> dict[int, str]:
        """Send rows; give the reasons of the refused ones by position. All others count as acknowledged.

        Raises :class:`BatchRefusedError` when the platform answered and took nothing of the batch without saying which
        record is to blame; :class:`TooLargeError` and :class:`TooManyError` come from :meth:`Channel.post`.
        """
        ...


class PlatformRefusedError(NenghaoError):
    """The platform says no as a whole: not approved, wrong enterprise, wrong key. Trying single records is no use."""


class BatchRefusedError(NenghaoError):
    """The platform took nothing of this batch. ``reasons`` names the rows to blame where it said which."""

    def __init__(self, message: str, reasons: dict[int, str] | None = None) -> None:
        self.reasons = reasons or {}
        super().__init__(
            "platform-refused", f"平台未接收: {message}", f"the platform did not take it: {message}",
            mend_zh="若为新设备，请平台管理员审核", mend_en="a new device must be approved by the operator",
        )  # fmt: skip


class TooLargeError(NenghaoError):
    """HTTP 413: the request is larger than the platform takes."""

    def __init__(self) -> None:
        super().__init__("request-too-large", "平台认为请求过大", "the request is too large for the platform")


class TooManyError(NenghaoError):
    """HTTP 429 (or 503 with Retry-After): the platform asks to wait ``wait_s``."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(
            "too-many-requests", f"平台要求 {wait_s:g} 秒后再试", f"the platform asks to wait {wait_s:g} s"
        )  # fmt: skip


class Channel:
    """One destination as its uplink sees it.

    ``plan`` and ``to`` are the configuration, ``book`` the words and values in the ledger, ``backlog`` how many values
    will still wait when the batch in hand is acknowledged (set before every :meth:`Uplink.send`).
    """

    def __init__(
        self, plan: EdgePlan, to: DestinationPlan, book: Book, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.plan, self.to, self.book, self.now = plan, to, book, now
        self.backlog = 0
        self.offset = ClockOffset()

    def platform_now(self) -> datetime:
        """Give the platform's time as well as it is known: the own clock plus the measured offset."""
        return self.now() + timedelta(seconds=self.offset.value_s or 0.0)

    async def post(
        self, client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str] | None = None
    ) -> bytes:
        """Post a body and give the answer's; every answer measures the platform's clock on the way."""
        began = self.now()
        answer = await client.post(url, content=body, headers=headers)
        self.offset.observe(answer.headers.get("Date", ""), began, self.now())
        if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise TooLargeError
        asked = retry_after_s(answer.headers.get("Retry-After", ""), self.platform_now())
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise TooManyError(60.0 if asked is None else asked)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and asked is not None:
            raise TooManyError(asked)
        answer.raise_for_status()
        return answer.content
