"""Dialect B (Yunnan): working key → dictionaries → form → token → versions → configuration by dataIndex → records.

Every value is a request of its own; several are on their way at a time over kept-alive connections. A token that the
platform no longer takes (401) is renewed once for all of them, and what it stopped is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import httpx
import msgspec

from nenghao.edge.book import OutboxRow
from nenghao.edge.messages import energy_record
from nenghao.edge.uplinks.base import BatchRefusedError, Channel, PlatformRefusedError, TooManyError
from nenghao.edge.uplinks.yunnan_form import fingerprint, form_of, pin_of
from nenghao.edge.uplinks.yunnan_records import KINDS, Record, configured
from nenghao.errors import NenghaoError
from nenghao.periods import from_ms, wall
from nenghao.protocol import DataCode
from nenghao.protocol.yunnan import (
    BASE_PATH,
    DICTIONARIES,
    Answer,
    Versions,
    build_body,
    convert_ratio,
    encrypt_pin,
    energy_fields,
    parse_answer,
    parse_moment,
    parse_token,
    wire_value,
    written_moment,
)
from nenghao.protocol.yunnan.answers import NOT_ALLOWED, SEND_AGAIN, STALE, TOO_OFTEN
from nenghao.protocol.yunnan.operations import ENERGY

IN_FLIGHT = 8
UNKNOWN_VERSION = "0"
"""Every body carries the versions: this before the platform has told them."""
RENEW_BEFORE = timedelta(seconds=60)
WAIT_S = 60.0
URLS = (
    "enterpriseDataDownloadURL", "enterpriseDataURL", "enterpriseInfoDownloadURL", "enterpriseInfoURL",
    "loadBaseDataURL", "organizationDataURL",
)  # fmt: skip
DOWNLOAD = ",".join(str(index) for index in DICTIONARIES)
"""All dictionaries, as ``dataDownload/public`` takes them."""


class YunnanUplink:
    """The gateway's side of dialect B. ``register_url`` is the base path, all operations lie below it."""

    def __init__(self, channel: Channel) -> None:
        self.channel, self.book, self.to = channel, channel.book, channel.to
        base = self.to.section.register_url.rstrip("/")
        self._base = base if base.endswith(f"/{BASE_PATH}") else f"{base}/{BASE_PATH}"
        self._renewing = asyncio.Lock()

    @property
    def batch_size(self) -> int:
        """How many records one :meth:`send` takes, each a request of its own."""
        return self.to.section.batch_size

    async def introduce(self, client: httpx.AsyncClient) -> None:
        """Say everything that comes before data; what the ledger knows as done is left out."""
        if not self.book.word("working_key"):
            await self._fetch_key(client)
        if not self.book.word("base_data"):
            await self._download(client, "dataDownload/public")
        await self._apply(client)
        await self._need_token(client)
        await self.check(client)
        await self._update_form(client)
        await self._configure(client)

    async def check(self, client: httpx.AsyncClient) -> None:
        """Look at the versions; what changed is fetched, and what was rejected gets another chance."""
        got = await self._call(client, "checkVersion", {})
        told = {"reg_version": str(got.get("regVersion", "")), "dic_version": str(got.get("dicVersion", ""))}
        known = {name: self.book.word(name) for name in told}
        if told == known:
            return
        if told["reg_version"] != known["reg_version"]:
            urls = await self._call(client, "platformAccessURL", {})
            self.book.set_words(**{name: str(urls.get(name) or "") for name in URLS})
        if told["dic_version"] != known["dic_version"]:
            await self._download(client, "dataDownload")
        self.book.set_words(**told)
        self.book.retry_rejected()

    async def send(self, client: httpx.AsyncClient, rows: Sequence[OutboxRow]) -> dict[int, str]:
        """Send every row as a record of its own."""
        await self._need_token(client)
        flight = asyncio.Semaphore(IN_FLIGHT)

        async def one(index: int, row: OutboxRow) -> str:
            async with flight:
                return await self._record(client, row, self.channel.backlog + len(rows) - 1 - index)

        results = await asyncio.gather(*(one(i, row) for i, row in enumerate(rows)), return_exceptions=True)
        failed = [result for result in results if isinstance(result, BaseException)]
        for error in failed:
            if not isinstance(error, BatchRefusedError):
                raise error  # not the record's fault: what was taken may be sent again, it replaces itself
        if failed and len(failed) == len(rows):
            raise failed[0]  # who takes nothing at all may not want this record, or none
        reasons = {i: _words(result) for i, result in enumerate(results)}
        return {index: reason for index, reason in reasons.items() if reason}

    async def _record(self, client: httpx.AsyncClient, row: OutboxRow, backlog: int) -> str:
        """Send one record; give the reason where it is refused for its content."""
        try:
            fields = self._fields(row)
            fields |= {"backlog": str(backlog)} if self.to.profile.send_extensions else {}
            answer = await self._ask(client, ENERGY, fields)
        except NenghaoError as error:
            if error.code in ("number-too-long", "field-too-long"):
                return error.both().replace("\n", " / ")
            raise
        if answer.ok:
            return ""
        return _reason(answer)

    def _fields(self, row: OutboxRow) -> dict[str, str]:
        item, code = self.channel.plan.items[row.data_code], DataCode.parse(row.data_code)
        value = wire_value(row.value, item.energy.base_unit, item.energy.wire_unit)
        record = energy_record(self.channel.plan, row)
        record.data_value = value.text
        ratio = convert_ratio(code.energy_class, code.energy_type, wall(from_ms(row.start_ms)).date())
        fields = energy_fields(record, upload_date=self.channel.now(), convert_ratio=ratio, remark=value.remark)
        return fields | ({"state": record.state} if self.to.profile.send_extensions and record.state else {})

    # Before data ---------------------------------------------------------------------------------------------------

    async def _fetch_key(self, client: httpx.AsyncClient) -> None:
        key = str((await self._call(client, "enterpriseInfo/rwk", {})).get("secretKey", ""))
        encrypt_pin(
            "000000", working_key=key, enterprise_code=self.to.section.enterprise_code
        )  # refuses what is no key
        self.book.set_words(working_key=key)

    async def _download(self, client: httpx.AsyncClient, path: str) -> None:
        """Fetch all dictionaries: at once where the operation takes a list, else one by one."""
        wanted = [DOWNLOAD] if path.endswith("/public") else [str(index) for index in DICTIONARIES]
        found = {}
        for index in wanted:
            found |= await self._call(client, path, {"itemIndex": index})
        self.book.set_words(base_data=msgspec.json.encode(found).decode())

    async def _apply(self, client: httpx.AsyncClient) -> None:
        """Send the registration form where the configuration has one and the platform has not got it."""
        if not self.to.section.form or self.book.word("form_index"):
            return
        form = form_of(self.channel.plan, self.to)
        got = await self._call(client, "enterpriseInfo/apply", form | {"password": self._password()})
        index = str(got.get("dataIndex") or "?")
        self.book.set_words(form_index=index, form_sent=fingerprint(form), device_id=index)

    async def _update_form(self, client: httpx.AsyncClient) -> None:
        index = self.book.word("form_index")
        if not self.to.section.form or not index:
            return
        form = form_of(self.channel.plan, self.to)
        if fingerprint(form) != self.book.word("form_sent"):
            fields = form | {"password": self._password(), "dataIndex": index}
            await self._call(client, "enterpriseInfo/update", fields)
            self.book.set_words(form_sent=fingerprint(form))

    async def _configure(self, client: httpx.AsyncClient) -> None:
        """Add what the platform has not got, update what differs, delete what the configuration no longer has."""
        wanted, changed = configured(self.channel.plan), False
        for word, record in wanted.items():
            index, _, told = self.book.word(word).partition(" ")
            if told != record.fingerprint:
                await self._put(client, record, index)
                changed = True
        gone = {word: index for word, index in self.book.words("index:").items() if index and word not in wanted}
        for kind in reversed(KINDS):
            for word, known in gone.items():
                if word.startswith(f"index:{kind}:"):
                    await self._call(client, f"{kind}/delete", {"dataIndex": known.partition(" ")[0]})
                    self.book.set_words(**{word: ""})
                    changed = True
        if changed:
            self.book.retry_rejected()

    async def _put(self, client: httpx.AsyncClient, record: Record, index: str) -> None:
        path = f"{record.kind}/update" if index else f"{record.kind}/add"
        got = await self._call(client, path, record.fields | ({"dataIndex": index} if index else {}))
        index = index or str(got.get("dataIndex", ""))
        self.book.set_words(**{record.word: f"{index} {record.fingerprint}"})

    # Token and transport -------------------------------------------------------------------------------------------

    async def _need_token(self, client: httpx.AsyncClient) -> None:
        """Request a token where there is none or its end is near."""
        until = parse_moment(self.book.word("token_until"))
        if not self.book.word("token") or (until and self.channel.platform_now() > until - RENEW_BEFORE):
            await self._renew(client, self.book.word("token"))

    async def _renew(self, client: httpx.AsyncClient, stale: str) -> None:
        """Request a new token instead of ``stale``; of several that ask at once only the first does."""
        async with self._renewing:
            if self.book.word("token") != stale:
                return
            answer = await self._ask(client, "requestAK", {"password": self._password()}, renews=False)
            if not answer.ok:
                self.book.set_words(token="", working_key="")  # the platform may have a new key for us
            token = parse_token(answer)
            until = written_moment(token.expires_at) if token.expires_at else ""
            device = self.book.word("device_id") or self.to.section.enterprise_code
            self.book.set_words(
                token=token.token, token_until=until, upload_time=token.upload_time, device_id=device,
                platform_url=token.platform_url,
            )  # fmt: skip

    def _password(self) -> str:
        return encrypt_pin(
            pin_of(self.channel.plan, self.to), working_key=self.book.word("working_key"),
            enterprise_code=self.to.section.enterprise_code,
        )  # fmt: skip

    async def _call(self, client: httpx.AsyncClient, path: str, fields: Mapping[str, str]) -> dict:
        """Call an operation that must succeed, and give its ``data``."""
        answer = await self._ask(client, path, fields)
        if not answer.ok:
            raise _no(path, answer)
        return answer.data

    async def _ask(
        self, client: httpx.AsyncClient, path: str, fields: Mapping[str, str], *, renews: bool = True
    ) -> Answer:
        """Post a body and give the answer; a bad token is renewed and the same sent again, once."""
        versions = Versions(*(self.book.word(name) or UNKNOWN_VERSION for name in ("reg_version", "dic_version")))
        body = build_body(path, self.to.section.enterprise_code, fields, versions)
        token = self.book.word("token")
        answer = await self._post(client, path, body, token)
        if answer.token_is_bad and renews:
            await self._renew(client, token)
            answer = await self._post(client, path, body, self.book.word("token"))
        if answer.code == TOO_OFTEN:
            raise TooManyError(WAIT_S)
        if answer.code == STALE:
            self.book.set_words(reg_version="", dic_version="")
        return answer

    async def _post(self, client: httpx.AsyncClient, path: str, body: bytes, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else None
        try:
            return parse_answer(await self.channel.post(client, f"{self._base}/{path}", body, headers))
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.UNAUTHORIZED:  # a platform that says it in HTTP's words
                return Answer(401, "", {})
            raise


def _reason(answer: Answer) -> str:
    """Give why one record was refused; raise where the refusal is not about the record, or may not be."""
    named = _named(answer)
    if answer.code in (NOT_ALLOWED, STALE) or answer.token_is_bad:
        raise _no(ENERGY, answer)
    if not named:
        raise BatchRefusedError(answer.message)
    if named.get("code") in SEND_AGAIN:
        raise _no(ENERGY, answer)
    words = (named.get(key, "") for key in ("messageZh", "mendZh", "messageEn", "mendEn"))
    return "{code}: {0} {1} / {2} {3}".format(*words, code=named.get("code")).strip()


def _named(answer: Answer) -> dict[str, str]:
    """Give the reason that a platform of ours names, or nothing."""
    rejected = answer.data.get("rejected")
    first = rejected[0] if isinstance(rejected, list) and rejected else {}
    return first if isinstance(first, dict) else {}


def _no(path: str, answer: Answer) -> PlatformRefusedError:
    named = _named(answer)
    return PlatformRefusedError(
        named.get("code") or f"{path}-refused", f"平台拒绝 {path}: {named.get('messageZh') or answer.message}",
        f"the platform refused {path}: {named.get('messageEn') or answer.message}", field=named.get("field", ""),
        mend_zh=named.get("mendZh", ""), mend_en=named.get("mendEn", ""),
    )  # fmt: skip


def _words(result: str | BaseException) -> str:
    """Give the reason of one row's refusal, or nothing."""
    return result.both().replace("\n", " / ") if isinstance(result, BatchRefusedError) else str(result)
