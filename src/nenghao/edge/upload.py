"""Upload to one destination: introduce, then data until acknowledged, for ever.

Whatever fails (no network, a platform that refuses or has not approved the device yet) is tried again with growing
pauses; collecting and the other destinations go on meanwhile. A record that the platform refuses by itself is kept with
its reason and sent again only after the configuration or the platform's dictionaries have changed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx
import stamina

from nenghao.drivers.base import Problem
from nenghao.drivers.clock import Clock
from nenghao.edge.batch_size import BatchSize
from nenghao.edge.book import Due, OutboxRow
from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.edge.ledger import Ledger
from nenghao.edge.poison import isolate
from nenghao.edge.uplinks import make_uplink
from nenghao.edge.uplinks.base import BatchRefusedError, Channel, PlatformRefusedError, TooLargeError, TooManyError
from nenghao.edge.uplinks.offset import LIMIT_S
from nenghao.edge.uplinks.slots import due_now, slot_of
from nenghao.edge.uplinks.transport import make_client
from nenghao.errors import NenghaoError

IDLE_S = 1.0
COUNT_EVERY_S = 5.0
"""Counting all that waits would cost more than sending a batch when a year of history is on its way."""
ONE_RECORD_AT_FAULT = (400, 422, 500)
"""Answers by which platforms say that they choked on the content of a batch."""


class Uploader:
    """Sends what the outbox holds for one destination; :meth:`wake` tells it that there is something new."""

    def __init__(
        self, plan: EdgePlan, ledger: Ledger, to: DestinationPlan, clock: Clock, *, at_once: bool = False
    ) -> None:
        """``at_once`` sends without regard to the slot."""
        self.to, self.clock, self.at_once = to, clock, at_once
        self.ledger, self.book = ledger, ledger.book(to.id)
        self.channel = Channel(plan, to, self.book)
        self.uplink = make_uplink(self.channel)
        self._client = make_client(plan, to)
        self._something = asyncio.Event()
        self._ready = False
        self._data_refused = False
        self._checked_at = 0.0
        self._size = BatchSize(self.uplink.batch_size)
        self._counted_at = 0.0

    def wake(self) -> None:
        """Tell that the outbox may hold something new."""
        self._something.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with self._client as client:
            while True:
                sent = False
                async for attempt in stamina.retry_context(
                    on=_again, attempts=None, timeout=None, wait_initial=0.5,
                    wait_max=self.to.section.retry_max_s, wait_jitter=0.5,
                ):  # fmt: skip
                    with attempt:
                        sent = await self._step(client)
                if not sent:
                    await self._wait()

    async def _wait(self) -> None:
        self._something.clear()
        try:
            await asyncio.wait_for(self._something.wait(), IDLE_S)
        except TimeoutError:
            return

    async def _step(self, client: httpx.AsyncClient) -> bool:
        """Make one step of the conversation; tell whether data was sent. Record why it failed, then raise."""
        try:
            await self._converse(client)
            return await self._send(client)
        except (httpx.HTTPError, NenghaoError) as error:
            # Begin again with the registration: the platform may have forgotten the device, or not approved it yet.
            self._ready = self._ready and isinstance(error, httpx.TransportError | TooManyError)
            state, message = _words(error)
            self._data_refused = state == "refused"
            self._tell(state, message)
            raise
        finally:
            self._tell_offset()

    async def _converse(self, client: httpx.AsyncClient) -> None:
        if not self._ready:
            await self.uplink.introduce(client)
            self._ready = True
            self._checked_at = time.monotonic()
            if not self._data_refused:
                self._tell("connected", "")
        elif time.monotonic() - self._checked_at > self.to.section.version_check_s:
            await self.uplink.check(client)
            self._checked_at = time.monotonic()

    async def _send(self, client: httpx.AsyncClient) -> bool:
        due = self._due()
        newest_first = self.to.section.order == "newest-first"
        rows = self.book.pending(min(self._size.most, self.uplink.batch_size), newest_first=newest_first, due=due)
        if not rows:
            return False
        self._count_backlog(len(rows), due)
        try:
            self.book.settle(rows, await self._batch(client, rows))
            self._size.took(len(rows))
        except TooLargeError as error:
            self._split(rows, error)
        except BatchRefusedError as refused:
            await self._blame(client, rows, refused)
        self._data_refused = False
        self._tell("connected", "")
        return True

    async def _batch(self, client: httpx.AsyncClient, rows: Sequence[OutboxRow]) -> dict[int, str]:
        try:
            return await self.uplink.send(client, rows)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in ONE_RECORD_AT_FAULT:
                raise BatchRefusedError(f"HTTP {error.response.status_code}") from error
            raise

    async def _blame(self, client: httpx.AsyncClient, rows: list[OutboxRow], refused: BatchRefusedError) -> None:
        """Settle what the platform named; where it named nothing, find the record that it choked on."""
        if refused.reasons:
            named = sorted(refused.reasons)
            self.book.settle([rows[i] for i in named], {n: refused.reasons[i] for n, i in enumerate(named)})
            return
        await isolate(rows, refused, self.book, lambda part: self._batch(client, part))

    def _split(self, rows: list[OutboxRow], error: TooLargeError) -> None:
        """Send less at a time, until larger requests are taken again; one record that is too large cannot be sent."""
        if len(rows) == 1:
            self.book.settle(rows, {0: error.both().replace("\n", " / ")})
        self._size.too_large(len(rows))

    def _due(self) -> Due:
        if self.at_once:
            return Due()
        slot = slot_of(self.to.section, self.book.word("upload_time"), self.book.word("device_id"))
        return due_now(slot, self.clock.now_ms())

    def _count_backlog(self, sending: int, due: Due) -> None:
        """Tell the channel how many due values will wait after these; counted anew now and then only."""
        self.channel.backlog -= sending
        if sending < self._size.most:
            self.channel.backlog = 0
        elif self.channel.backlog <= 0 or time.monotonic() - self._counted_at > COUNT_EVERY_S:
            self.channel.backlog = max(0, self.book.pending_count(due) - sending)
            self._counted_at = time.monotonic()

    def _tell(self, state: str, message: str) -> None:
        if (self.book.word("upload_state"), self.book.word("upload_message")) != (state, message):
            self.book.set_words(upload_state=state, upload_message=message)

    def _tell_offset(self) -> None:
        """Keep the measured offset; crossing the limit is a problem that a person reads. No clock is ever set."""
        value = self.channel.offset.value_s
        if value is None:
            return
        before = self.book.word("clock_offset_s")
        if before and round(value) == round(float(before)):
            return
        self.book.set_words(clock_offset_s=f"{value:.1f}")
        if abs(value) > LIMIT_S >= abs(float(before or 0)):
            problem = Problem(
                self.to.id, f"平台时钟与本机相差 {value:.0f} 秒；请校准本机时钟（NTP）",
                f"the platform's clock is {value:+.0f} s from ours; synchronise this machine's clock (NTP)",
            )  # fmt: skip
            with self.ledger.transaction():
                self.ledger.put_problems(self.clock.now_ms(), [problem])


def _words(error: httpx.HTTPError | NenghaoError) -> tuple[str, str]:
    """Give state and message: ``refused`` when the platform said no, ``waiting`` when it could not be asked."""
    if not isinstance(error, NenghaoError):
        return "waiting", f"{type(error).__name__}: {error}"
    no = isinstance(error, PlatformRefusedError) or error.code.endswith("-refused")
    return "refused" if no else "waiting", error.both()


def _again(error: Exception) -> bool | float:
    """Tell whether to try again, or after how long [s] where the platform said so."""
    if isinstance(error, TooManyError):
        return max(error.wait_s, 0.1)
    return isinstance(error, httpx.HTTPError | NenghaoError)
