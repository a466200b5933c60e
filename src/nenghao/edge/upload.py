"""Upload: register, check versions, fetch dictionaries, send the configuration, then data until acknowledged.

Whatever fails (no network, a platform that refuses or has not approved the device yet) is tried again with growing
pauses, for ever; collecting goes on meanwhile. A record that the platform refuses by itself is kept with its reason
and sent again only after the configuration or the platform's dictionaries have changed.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from datetime import UTC, datetime

import httpx
import stamina

from nenghao.edge.config import EdgePlan, PlatformSection
from nenghao.edge.ledger import Ledger, OutboxRow
from nenghao.edge.messages import config_body, config_fingerprint, energy_record, metering_body
from nenghao.errors import NenghaoError
from nenghao.protocol import (
    JSON_HEADERS,
    Answer,
    build_base_data_request,
    build_energy_upload,
    build_register_request,
    build_version_check,
    parse_answer,
    parse_base_data_response,
    parse_register_response,
    parse_version_response,
)

URLS = (
    "load_dic_version_url",
    "center_info_url",
    "center_data_url",
    "center_metering_data_url",
    "download_base_data_url",
)
IDLE_S = 1.0
COUNT_EVERY_S = 5.0
"""Counting all that waits would cost more than sending a batch when a year of history is on its way."""


class Uploader:
    """Sends what the outbox holds; :meth:`wake` tells it that there is something new."""

    def __init__(self, plan: EdgePlan, ledger: Ledger) -> None:
        self.plan, self.ledger = plan, ledger
        self._something = asyncio.Event()
        self._ready = False
        self._checked_at = 0.0
        self._backlog, self._counted_at = 0, 0.0

    def wake(self) -> None:
        """Tell that the outbox may hold something new."""
        self._something.set()

    async def run(self) -> None:
        """Send until cancelled."""
        platform = self.plan.config.platform
        async with _client(platform, self.plan) as client:
            while True:
                sent = False
                async for attempt in stamina.retry_context(
                    on=(httpx.HTTPError, NenghaoError), attempts=None, timeout=None, wait_initial=0.5,
                    wait_max=platform.retry_max_s, wait_jitter=0.5,
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
            if not self._ready:
                await self._introduce(client)
            if time.monotonic() - self._checked_at > self.plan.config.platform.version_check_s:
                await self._check_version(client)
            return await self._send(client)
        except (httpx.HTTPError, NenghaoError) as error:
            # Begin again with the registration: the platform may have forgotten the device, or not approved it yet.
            self._ready = self._ready and isinstance(error, httpx.TransportError)
            text = error.both() if isinstance(error, NenghaoError) else f"{type(error).__name__}: {error}"
            self._tell("waiting", text)
            raise

    async def _introduce(self, client: httpx.AsyncClient) -> None:
        await self._register(client)
        await self._check_version(client)
        await self._send_config(client)
        self._ready = True
        self._tell("connected", "")

    def _tell(self, state: str, message: str) -> None:
        if (self.ledger.word("upload_state"), self.ledger.word("upload_message")) != (state, message):
            self.ledger.set_words(upload_state=state, upload_message=message)

    async def _register(self, client: httpx.AsyncClient) -> None:
        platform = self.plan.config.platform
        client_id = self.ledger.word("client_id")
        if not client_id:
            client_id = secrets.token_hex(16)
            self.ledger.set_words(client_id=client_id)
        body = build_register_request(platform.enterprise_code, platform.region_code, client_id)
        got = parse_register_response(await _post(client, platform.register_url, body))
        urls = {name: getattr(got, name) for name in URLS}
        self.ledger.set_words(device_id=got.device_id, secret_key=got.secret_key, upload_time=got.upload_time, **urls)

    async def _check_version(self, client: httpx.AsyncClient) -> None:
        url, device_id = self.ledger.word("load_dic_version_url"), self.ledger.word("device_id")
        self._checked_at = time.monotonic()
        if not url:
            return
        got = parse_version_response(await _post(client, url, build_version_check(device_id)))
        known = (self.ledger.word("reg_version"), self.ledger.word("dic_version"))
        if known == (got.reg_version, got.dic_version):
            return
        if got.dic_version != known[1]:
            await self._download(client, device_id)
        self.ledger.set_words(reg_version=got.reg_version, dic_version=got.dic_version)
        self.ledger.retry_rejected()

    async def _download(self, client: httpx.AsyncClient, device_id: str) -> None:
        url = self.ledger.word("download_base_data_url")
        if url:
            body = await _post(client, url, build_base_data_request(device_id))
            parse_base_data_response(body)
            self.ledger.set_words(base_data=body.decode("utf-8"))

    async def _send_config(self, client: httpx.AsyncClient) -> None:
        """Send configuration and instruments when they differ from what this device's platform has acknowledged."""
        device_id = self.ledger.word("device_id")
        fingerprint = f"{device_id}:{config_fingerprint(self.plan)}"
        if self.ledger.word("config_sent") == fingerprint:
            return
        for name, body in (("center_info_url", config_body), ("center_metering_data_url", metering_body)):
            url = self.ledger.word(name)
            if url:
                _accepted(parse_answer(await _post(client, url, body(self.plan, device_id))))
        self.ledger.set_words(config_sent=fingerprint)
        self.ledger.retry_rejected()

    async def _send(self, client: httpx.AsyncClient) -> bool:
        platform = self.plan.config.platform
        rows = self.ledger.pending(platform.batch_size, newest_first=platform.order == "newest-first")
        if not rows:
            return False
        body = build_energy_upload(
            [energy_record(self.plan, row) for row in rows], self.plan.profile,
            secret_key=self.ledger.word("secret_key"), device_id=self.ledger.word("device_id"),
            enterprise_code=platform.enterprise_code, upload_date=datetime.now(UTC),
            backlog=self._backlog_after(len(rows)),
        )  # fmt: skip
        answer = _accepted(parse_answer(await _post(client, self.ledger.word("center_data_url"), body)))
        self.ledger.settle(rows, _reasons(rows, answer))
        self._backlog = max(0, self._backlog - len(rows))
        self._tell("connected", "")
        return True

    def _backlog_after(self, sending: int) -> int:
        """Give how many values will wait once ``sending`` more are acknowledged; counted anew now and then only."""
        if sending < self.plan.config.platform.batch_size:
            self._backlog = sending
        elif self._backlog <= sending or time.monotonic() - self._counted_at > COUNT_EVERY_S:
            self._backlog, self._counted_at = self.ledger.pending_count(), time.monotonic()
        return max(0, self._backlog - sending)


def _reasons(rows: list[OutboxRow], answer: Answer) -> dict[int, str]:
    return {
        r.index: f"{r.code}: {r.message_zh} {r.mend_zh} / {r.message_en} {r.mend_en}".strip()
        for r in answer.rejections
        if 0 <= r.index < len(rows)
    }


def _accepted(answer: Answer) -> Answer:
    if not answer.ok:
        raise NenghaoError(
            "platform-refused", f"平台未接收: {answer.message}",
            f"the platform did not take it: {answer.message}",
            mend_zh="若为新设备，请平台管理员审核", mend_en="a new device must be approved by the operator",
        )  # fmt: skip
    return answer


async def _post(client: httpx.AsyncClient, url: str, body: bytes) -> bytes:
    answer = await client.post(url, content=body)
    answer.raise_for_status()
    return answer.content


def _client(platform: PlatformSection, plan: EdgePlan) -> httpx.AsyncClient:
    """Make the client; certificates are those of the system unless ``ca_file`` names others."""
    return httpx.AsyncClient(headers=JSON_HEADERS, timeout=platform.timeout_s, verify=_tls(platform, plan))


def _tls(platform: PlatformSection, plan: EdgePlan) -> ssl.SSLContext | bool:
    if platform.register_url.startswith("http://"):
        return False
    try:
        context = ssl.create_default_context(cafile=str(plan.folder / platform.ca_file) if platform.ca_file else None)
        context.minimum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[platform.min_tls]
        if platform.client_cert:
            key = str(plan.folder / platform.client_key) if platform.client_key else None
            context.load_cert_chain(str(plan.folder / platform.client_cert), key)
    except (OSError, ssl.SSLError) as error:
        raise NenghaoError(
            "tls-files", f"证书文件不能使用（{error}）", f"certificate files cannot be used ({error})",
            record=str(plan.path), field="platform.ca_file/client_cert/client_key",
            mend_zh="检查 PEM 文件的路径、内容和口令", mend_en="check path, content and password of the PEM files",
        ) from None  # fmt: skip
    return context
