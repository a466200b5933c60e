"""Getting back what a platform holds: ``downloadConfigData``, ``downloadData``, ``loadConfig``, for both sides.

The sources know the names of these operations and the shape of a record (as uploaded, with a unit); the envelopes,
the paging and the meaning of ``loadConfig`` are ours (``docs/protocol.md``). Pure, like the whole package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from nenghao.errors import NenghaoError
from nenghao.periods import wall
from nenghao.protocol.answers import decoded, refused
from nenghao.protocol.messages import (
    SUCCESS,
    CollectItemConfig,
    DeviceRequest,
    EnterpriseInfo,
    GroupInfo,
    Message,
    MeteringInfo,
    ProcessInfo,
    ProcessUnitInfo,
)
from nenghao.protocol.profile import RECORD_FIELDS, Profile
from nenghao.protocol.sm4 import looks_encrypted, sm4_decrypt_fields, sm4_encrypt_fields

MAX_PAGE = 20_000
DEFAULT_PAGE = 5_000
T = TypeVar("T", bound=Message)


class ConfigDownloadRequest(Message):
    """``downloadConfigData``: ours. ``cursor`` comes from the page before; ``limit`` is in rows of the lists."""

    device_id: str
    enterprise_code: str
    cursor: str = ""
    limit: int | None = None


class DataDownloadRequest(Message):
    """``downloadData``: ours. The period is half open, ``yyyy-MM-dd HH:mm:ss``; empty lists mean all."""

    device_id: str
    enterprise_code: str
    start_date: str
    end_date: str
    stat_types: list[str] = msgspec.field(default_factory=list)
    data_codes: list[str] = msgspec.field(default_factory=list)
    cursor: str = ""
    limit: int | None = None


class ConfigDownload(Message):
    """Answer to ``downloadConfigData``: lists as they are uploaded, ``meters`` under the profile's ``metering_key``.

    ``enterprise`` and ``group`` stand on the first page only. No ``next_cursor``: this was the last page.
    """

    response_code: str
    response_message: str
    collect_item_config: list[CollectItemConfig] = msgspec.field(default_factory=list)
    enterprise: EnterpriseInfo | None = None
    group: GroupInfo | None = None
    process: list[ProcessInfo] = msgspec.field(default_factory=list)
    process_unit: list[ProcessUnitInfo] = msgspec.field(default_factory=list)
    meters: list[MeteringInfo] = msgspec.field(default_factory=list)
    next_cursor: str = ""


class DownloadedRecord(Message):
    """A record as it is uploaded, with its ``unit``; ``upload_date`` is when the platform received this version.

    Ours: ``state``, and ``source``, which says how this version came about where no gateway sent it. A missing value
    has ``state`` missing, ``valid`` false and an empty ``data_value``.
    """

    data_code: str
    data_value: str
    input_type: str
    stat_type: str
    stat_date: str
    upload_date: str = ""
    scope: str = ""
    valid: str = "1"
    state: str = ""
    unit: str = ""
    source: str = ""


class DataDownload(Message):
    """Answer to ``downloadData``: a page of current values in order of ``stat_date``."""

    response_code: str
    response_message: str
    data: list[DownloadedRecord] = msgspec.field(default_factory=list)
    next_cursor: str = ""


class WireProfile(Message):
    """What ``loadConfig`` says of the province's way; the words are those of the profile files."""

    name: str = ""
    dialect: str = ""
    encrypted_fields: list[str] = msgspec.field(default_factory=list)
    valid_word: str = ""
    invalid_word: str = ""
    realtime_rows_per_day: int = 0
    metering_key: str = ""
    min_tls: str = ""
    client_certificate: bool = False
    signing: str = ""
    second_destination: bool = False


class WireLimits(Message):
    """What ``loadConfig`` says of sizes: bytes of a body, records of an upload, rows of a list, rows of a page."""

    body_bytes: int = 0
    upload_records: int = 0
    config_rows: int = 0
    page_rows: int = 0


class LoadConfig(Message):
    """Answer to ``loadConfig``: what the platform wants a gateway to know, and what it holds of it. Ours.

    ``status`` is pending, approved, refused or revoked; ``item_codes`` are told to an approved device only.
    """

    response_code: str
    response_message: str
    enterprise_code: str = ""
    status: str = ""
    server_time: str = ""
    upload_time: str = ""
    reg_version: str = ""
    dic_version: str = ""
    profile: WireProfile = msgspec.field(default_factory=WireProfile)
    limits: WireLimits = msgspec.field(default_factory=WireLimits)
    item_codes: list[str] = msgspec.field(default_factory=list)


def build_load_config(device_id: str) -> bytes:
    """Build ``loadConfig``."""
    return msgspec.json.encode(DeviceRequest(device_id=device_id))


def build_config_download(device_id: str, enterprise_code: str, *, cursor: str = "", limit: int | None = None) -> bytes:
    """Build ``downloadConfigData``; ask again with the answer's ``next_cursor`` until there is none."""
    return msgspec.json.encode(
        ConfigDownloadRequest(device_id=device_id, enterprise_code=enterprise_code, cursor=cursor, limit=limit)
    )


def build_data_download(
    device_id: str,
    enterprise_code: str,
    *,
    start: datetime,
    end: datetime,
    stat_types: Iterable[int] = (),
    data_codes: Iterable[str] = (),
    cursor: str = "",
    limit: int | None = None,
) -> bytes:
    """Build ``downloadData`` for periods that begin in ``[start, end)`` (aware); ask on with ``next_cursor``."""
    return msgspec.json.encode(
        DataDownloadRequest(
            device_id=device_id, enterprise_code=enterprise_code, start_date=wire_moment(wall(start)),
            end_date=wire_moment(wall(end)), stat_types=[str(int(kind)) for kind in stat_types],
            data_codes=list(data_codes), cursor=cursor, limit=limit,
        )
    )  # fmt: skip


def parse_load_config(body: bytes) -> LoadConfig:
    """Read the answer to ``loadConfig``; raise ``loadConfig-refused`` when the platform says no."""
    return _accepted("loadConfig", decoded(body, LoadConfig))


def parse_config_download(body: bytes, profile: Profile) -> ConfigDownload:
    """Read a page of ``downloadConfigData``; raise ``downloadConfigData-refused`` when the platform says no."""
    return _accepted("downloadConfigData", from_wire(decoded(body, dict), ConfigDownload, profile))


def parse_data_download(body: bytes, profile: Profile, secret_key: str = "") -> DataDownload:
    """Read and decrypt a page of ``downloadData``; ``valid`` is given in our words, ``"1"`` and ``"0"``.

    Raises ``downloadData-refused`` when the platform says no, ``decrypt-failed`` when the key does not open a field.
    """
    answer = _accepted("downloadData", decoded(body, DataDownload))
    rows: list[dict[str, str]] = [msgspec.to_builtins(record) for record in answer.data]
    _decrypt(rows, secret_key)
    for row in rows:
        row["valid"] = "1" if row.get("valid", "1").lower() in profile.valid_values else "0"
    answer.data = msgspec.convert(rows, list[DownloadedRecord])
    return answer


def encrypt_records(rows: list[dict[str, str]], profile: Profile, secret_key: str) -> None:
    """Encrypt records in place, field by field, as the profile says; ``unit`` and ``source`` stay plain."""
    places = [(row, key) for row in rows for key in RECORD_FIELDS if key in row and key in profile.encrypted_fields]
    for (row, key), text in zip(places, sm4_encrypt_fields([row[key] for row, key in places], secret_key), strict=True):
        row[key] = text


def to_wire(answer: ConfigDownload, profile: Profile) -> dict[str, Any]:
    """Write a configuration answer with the list of instruments under the profile's key."""
    content = msgspec.to_builtins(answer)
    if "meters" in content:
        content[profile.metering_key] = content.pop("meters")
    return content


def from_wire(message: Mapping[str, Any], kind: type[T], profile: Profile) -> T:
    """Read a configuration answer whose instruments stand under the profile's key."""
    content = {key: value for key, value in message.items() if key != profile.metering_key}
    content["meters"] = message.get(profile.metering_key, [])
    try:
        return msgspec.convert(content, kind, strict=False)
    except msgspec.ValidationError as error:
        raise NenghaoError(
            "answer-unreadable", f"平台的应答不是协议格式（{error}）",
            f"the platform's answer is not in the protocol's form ({error})", mend_zh="核对平台地址与省级配置",
            mend_en="check the platform's address and the profile",
        ) from None  # fmt: skip


def wire_moment(moment: datetime) -> str:
    """Write a Beijing wall time as the wire does."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _decrypt(rows: list[dict[str, str]], secret_key: str) -> None:
    places = [(row, key) for row in rows for key in RECORD_FIELDS if looks_encrypted(row.get(key, ""))]
    if not places:
        return
    plain = sm4_decrypt_fields([row[key] for row, key in places], secret_key) if secret_key else [None] * len(places)
    for (row, key), text in zip(places, plain, strict=True):
        if text is None:
            raise NenghaoError(
                "decrypt-failed", "解密失败！", "decryption failed", field=key,
                mend_zh="核对注册时得到的 secretKey", mend_en="check the secretKey of the registration",
            )  # fmt: skip
        row[key] = text


def _accepted(operation: str, answer: T) -> T:
    if getattr(answer, "response_code", "") != SUCCESS:
        raise refused(operation, getattr(answer, "response_message", ""))
    return answer
