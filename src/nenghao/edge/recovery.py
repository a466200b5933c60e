"""Recovery after loss of the ledger: get back what the platforms hold; nothing is sent twice, and history is there.

The device registers anew, so the operator approves it first. What a platform holds becomes the ledger's, acknowledged
by that platform; the samples themselves are lost. Run again, or after an interruption, it changes nothing more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import stamina

from nenghao.drivers.clock import Clock
from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.edge.differences import differences
from nenghao.edge.ledger import KINDS, Ledger
from nenghao.edge.messages import STATES
from nenghao.edge.process import prepare
from nenghao.edge.schema import sql
from nenghao.edge.uplinks.base import Channel, TooManyError
from nenghao.edge.uplinks.national import NationalUplink
from nenghao.edge.uplinks.transport import make_client
from nenghao.errors import NenghaoError
from nenghao.periods import from_ms, from_wall, to_ms
from nenghao.protocol import base_value
from nenghao.protocol.recovery import (
    ConfigDownload,
    DataDownload,
    DownloadedRecord,
    build_config_download,
    build_data_download,
    parse_config_download,
    parse_data_download,
)
from nenghao.units import conversion_factor

ATTEMPTS = 8
Row = tuple[str, int, int, int, float, int]
"""Data code, interval kind, start and end [epoch ms], value [base unit], state."""


@dataclass(slots=True)
class Recovered:
    """What came back from one destination."""

    destination_id: str
    taken: int = 0
    """Values that the platform holds and the configuration knows."""
    differing: int = 0
    """Of these, values that the ledger has otherwise from its own meters: they are sent again."""
    made_there: int = 0
    """Values that the platform holds from a person or an estimate; not taken over."""
    not_configured: dict[str, int] = field(default_factory=dict)
    """Values of data codes (with statType) that the configuration does not have, by ``code statType``."""
    differences: list[str] = field(default_factory=list)
    """Where configuration file and platform do not agree, in both languages."""

    def text(self) -> str:
        """Give the result for a person."""
        taken, differing, there = self.taken, self.differing, self.made_there
        lines = [
            f"{self.destination_id}: 取回 {taken} 个数值，其中 {differing} 个与台账不同、将重新上传；"
            f"{there} 个由平台录入或估算、未取回 / {taken} values came back, {differing} of them differ from the "
            f"ledger and will be sent; {there} were made on the platform and stay there"
        ]
        lines += [
            f"  {key}: {count} 个数值不在配置文件中 / values are not of the configuration"
            for key, count in sorted(self.not_configured.items())
        ]
        return "\n".join([*lines, *(f"  {line}" for line in self.differences)])


def recover(plan: EdgePlan, ledger: Ledger, to: DestinationPlan, *, start: datetime, end: datetime) -> Recovered:
    """Get back configuration and values of ``[start, end)`` from one destination; ``ledger.apply(plan)`` came before.

    Raises :class:`~nenghao.errors.NenghaoError` where the platform does not offer it or has not approved the device.
    """
    return asyncio.run(_Recovery(plan, ledger, to).run(start, end))


def recover_all(
    plan: EdgePlan, ledger: Ledger, *, start: datetime | None, end: datetime | None, only: str = ""
) -> Iterator[Recovered]:
    """Recover from every destination, or from one; the span, wall time, is the ``keep_days`` until now by default.

    One that does not answer or offer it keeps the others from nothing: its error is raised at the end.
    """
    chosen = [plan.destination(only)] if only else list(plan.destinations.values())
    prepare(plan, ledger)
    until = from_wall(end) if end else from_ms(Clock.of(plan.config.clock).now_ms())
    since = from_wall(start) if start else until - timedelta(days=plan.config.edge.keep_days)
    failed = None
    for to in chosen:
        try:
            yield recover(plan, ledger, to, start=since, end=until)
        except (NenghaoError, httpx.HTTPError) as error:
            failed = error
    if failed is not None:
        raise _as_error(failed)


class _Recovery:
    """The conversation of one recovery."""

    def __init__(self, plan: EdgePlan, ledger: Ledger, to: DestinationPlan) -> None:
        if to.dialect != "A":
            raise _not_offered(to)
        self.plan, self.ledger, self.to = plan, ledger, to
        self.book = ledger.book(to.id)
        self.uplink = NationalUplink(Channel(plan, to, self.book))
        self.kinds = {stat_type: kind for kind, stat_type in to.kinds.items()}
        self.found = Recovered(to.id)

    async def run(self, start: datetime, end: datetime) -> Recovered:
        async with make_client(self.plan, self.to) as client:
            await self.uplink.register(client)
            if not (self.book.word("center_info_download_url") and self.book.word("center_data_download_url")):
                raise _not_offered(self.to)
            self.found.differences = differences(self.plan, self.to, await self._configuration(client))
            cursor = ""
            while True:
                page = await self._page(client, start, end, cursor)
                self._take(page.data)
                cursor = page.next_cursor
                if not cursor:
                    return self.found

    async def _configuration(self, client: httpx.AsyncClient) -> ConfigDownload:
        """Download all pages of the configuration as one."""
        whole: ConfigDownload | None = None
        cursor = ""
        while whole is None or cursor:
            body = build_config_download(*self._identity, cursor=cursor)
            answer = await self._post(client, "center_info_download_url", body)
            page = parse_config_download(answer, self.to.profile)
            cursor = page.next_cursor
            if whole is None:
                whole = page
                continue
            for name in ("collect_item_config", "process", "process_unit", "meters"):
                getattr(whole, name).extend(getattr(page, name))
        return whole

    async def _page(self, client: httpx.AsyncClient, start: datetime, end: datetime, cursor: str) -> DataDownload:
        body = build_data_download(*self._identity, start=start, end=end, cursor=cursor)
        answer = await self._post(client, "center_data_download_url", body)
        return parse_data_download(answer, self.to.profile, self.book.word("secret_key"))

    async def _post(self, client: httpx.AsyncClient, url: str, body: bytes) -> bytes:
        async for attempt in stamina.retry_context(on=_again, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return await self.uplink.post(client, self.book.word(url), body)
        raise AssertionError  # retry_context returns or raises

    @property
    def _identity(self) -> tuple[str, str]:
        return self.book.word("device_id"), self.to.section.enterprise_code

    def _take(self, records: list[DownloadedRecord]) -> None:
        """Take one page into the ledger, in one transaction."""
        rows = list(self._rows(records))
        if not rows:
            return
        values = {"rows": json.dumps(rows)}
        with self.ledger.transaction() as db:
            db.execute(sql("recover_values"), values)
            equal = db.execute(sql("recover_deliveries"), {**values, "destination_no": self.book.destination_no})
            db.execute(sql("recover_intervals"), values)
            self.book.raise_word(db, "newest_acknowledged_ms", max(row[2] for row in rows))
        self.found.taken += len(rows)
        self.found.differing += len(rows) - equal.rowcount

    def _rows(self, records: list[DownloadedRecord]) -> Iterator[Row]:
        for record in records:
            stat_type = int(record.stat_type)
            item = self.plan.items.get(record.data_code)
            if item is None or stat_type not in item.section.stat_types or stat_type not in self.kinds:
                key = f"{record.data_code} statType {record.stat_type}"
                self.found.not_configured[key] = self.found.not_configured.get(key, 0) + 1
            elif record.source:
                self.found.made_there += 1
            elif record.data_value and record.valid == "1" and record.state != "missing":
                kind = self.kinds[stat_type]
                start = from_wall(datetime.fromisoformat(record.stat_date))
                energy = item.energy
                value = base_value(record.data_value, conversion_factor(energy.wire_unit, energy.base_unit))
                state = STATES.index(record.state) if record.state in STATES else 0
                yield record.data_code, kind, to_ms(start), to_ms(KINDS[kind].next(start)), value, state


def _again(error: Exception) -> bool | float:
    return error.wait_s if isinstance(error, TooManyError) else isinstance(error, httpx.TransportError)


def _as_error(error: NenghaoError | httpx.HTTPError) -> NenghaoError:
    if isinstance(error, NenghaoError):
        return error
    return NenghaoError(
        "platform-unreachable", f"平台没有应答（{error}）", f"the platform does not answer ({error})",
        mend_zh="检查网络和地址后再运行一次", mend_en="check network and address, then run it again",
    )  # fmt: skip


def _not_offered(to: DestinationPlan) -> NenghaoError:
    return NenghaoError(
        "recovery-not-offered", f"目的地 {to.id} 的平台不提供下载", f"the platform of {to.id} offers no download",
        record=to.id, mend_zh="历史文件会重新读取；相同的数据在平台上替换自身",
        mend_en="histories are read again; equal data replaces itself on the platform",
    )  # fmt: skip
