"""Dialect A, the national one: register → version check → dictionaries → configuration → instruments → data."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import httpx

from nenghao.edge.book import OutboxRow
from nenghao.edge.messages import config_body, config_fingerprint, energy_record, metering_body
from nenghao.edge.uplinks.base import BatchRefusedError, Channel, PlatformRefusedError
from nenghao.protocol import (
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
from nenghao.protocol.signing import HMAC_SM3, signed_headers

URLS = (
    "load_dic_version_url",
    "center_info_url",
    "center_data_url",
    "center_metering_data_url",
    "download_base_data_url",
    "center_info_download_url",
    "center_data_download_url",
    "load_config_url",
)


class NationalUplink:
    """The gateway's side of dialect A. Only the register address is configured, all others come with its answer."""

    def __init__(self, channel: Channel) -> None:
        self.channel, self.book, self.to = channel, channel.book, channel.to

    @property
    def batch_size(self) -> int:
        """As configured: the protocol has no limit."""
        return self.to.section.batch_size

    async def introduce(self, client: httpx.AsyncClient) -> None:
        """Register, look at the versions, send configuration and instruments when they have changed."""
        await self.register(client)
        await self.check(client)
        await self._send_config(client)

    async def check(self, client: httpx.AsyncClient) -> None:
        """Look at the versions; newer dictionaries are fetched, and what was rejected gets another chance."""
        url, device_id = self.book.word("load_dic_version_url"), self.book.word("device_id")
        if not url:
            return
        got = parse_version_response(await self.post(client, url, build_version_check(device_id)))
        known = (self.book.word("reg_version"), self.book.word("dic_version"))
        if known == (got.reg_version, got.dic_version):
            return
        if known[0] and got.reg_version != known[0]:  # other addresses, another slot or a new key
            await self.register(client)
        if got.dic_version != known[1]:
            await self._download(client, device_id)
        self.book.set_words(reg_version=got.reg_version, dic_version=got.dic_version)
        self.book.retry_rejected()

    async def send(self, client: httpx.AsyncClient, rows: Sequence[OutboxRow]) -> dict[int, str]:
        """Send rows as one ``uploadEnergyData``."""
        body = build_energy_upload(
            [energy_record(self.channel.plan, row) for row in rows], self.to.profile,
            secret_key=self.book.word("secret_key"), device_id=self.book.word("device_id"),
            enterprise_code=self.to.section.enterprise_code, upload_date=self.channel.now(),
            backlog=self.channel.backlog,
        )  # fmt: skip
        answer = parse_answer(await self.post(client, self.book.word("center_data_url"), body))
        reasons = _reasons(len(rows), answer)
        if not answer.ok:
            raise _refusal(answer, reasons)
        return reasons

    async def register(self, client: httpx.AsyncClient) -> None:
        """Register; the same client gets the same device again, with the keys and addresses of now."""
        section = self.to.section
        client_id = self.book.word("client_id")
        if not client_id:
            client_id = secrets.token_hex(16)
            self.book.set_words(client_id=client_id)
        signing = "" if self.to.profile.signing == "off" else HMAC_SM3
        body = build_register_request(section.enterprise_code, section.region_code, client_id, signing)
        got = parse_register_response(await self.channel.post(client, section.register_url, body))
        urls = {name: getattr(got, name) for name in URLS}
        keys = {"secret_key": got.secret_key, "sign_key": got.sign_key}
        self.book.set_words(device_id=got.device_id, upload_time=got.upload_time, **keys, **urls)

    async def _download(self, client: httpx.AsyncClient, device_id: str) -> None:
        url = self.book.word("download_base_data_url")
        if url:
            body = await self.post(client, url, build_base_data_request(device_id))
            parse_base_data_response(body)
            self.book.set_words(base_data=body.decode("utf-8"))

    async def _send_config(self, client: httpx.AsyncClient) -> None:
        """Send configuration and instruments when they differ from what this device's platform has acknowledged."""
        plan, device_id = self.channel.plan, self.book.word("device_id")
        fingerprint = f"{device_id}:{config_fingerprint(plan, self.to)}"
        if self.book.word("config_sent") == fingerprint:
            return
        for name, body in (("center_info_url", config_body), ("center_metering_data_url", metering_body)):
            url = self.book.word(name)
            if url:
                answer = parse_answer(await self.post(client, url, body(plan, self.to, device_id)))
                if not answer.ok:
                    raise _refusal(answer, {})
        self.book.set_words(config_sent=fingerprint)
        self.book.retry_rejected()

    async def post(self, client: httpx.AsyncClient, url: str, body: bytes) -> bytes:
        """Post a body, signed where the platform gave a key for it; the time in the signature is the platform's."""
        sign_key = self.book.word("sign_key")
        if not sign_key:
            return await self.channel.post(client, url, body)
        now = self.channel.platform_now().timestamp()
        headers = signed_headers(sign_key, httpx.URL(url).path, body, now=now, nonce=secrets.token_hex(16))
        return await self.channel.post(client, url, body, headers)


def _refusal(answer: Answer, reasons: dict[int, str]) -> BatchRefusedError | PlatformRefusedError:
    """Tell a refusal as a whole, which our platforms explain with a rejection of index -1, from an unexplained one."""
    for rejection in answer.rejections:
        if rejection.index < 0:
            return PlatformRefusedError(
                rejection.code, f"平台未接收: {rejection.message_zh or answer.message}",
                f"the platform did not take it: {rejection.message_en or answer.message}",
                field=rejection.field, mend_zh=rejection.mend_zh, mend_en=rejection.mend_en,
            )  # fmt: skip
    return BatchRefusedError(answer.message, reasons)


def _reasons(count: int, answer: Answer) -> dict[int, str]:
    return {
        r.index: f"{r.code}: {r.message_zh} {r.mend_zh} / {r.message_en} {r.mend_en}".strip(" /")
        for r in answer.rejections
        if 0 <= r.index < count
    }
