"""From bytes to records, on the hub's side: a fast path for good bodies, a tolerant one that loses no good record.

The fast path is one call of msgspec. When a body does not fit the types (or holds the tokens ``NaN``, ``Infinity``,
which are not JSON but which some clients send), it is read again value by value, and only what is wrong is refused.

>>> upload = decode_upload(b'{"deviceId":"d","enterpriseCode":"e","data":[{"dataCode":1},{}]}')
>>> upload.records, [(r.index, r.code, r.field) for r in upload.rejections]
([None, None], [(0, 'field-type', 'dataCode'), (1, 'field-missing', 'dataCode')])
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from nenghao.errors import NenghaoError
from nenghao.protocol.datacode import CODE_LENGTH
from nenghao.protocol.messages import EnergyRecord, EnergyUpload, Rejection
from nenghao.protocol.moments import wall_moment, wall_seconds
from nenghao.protocol.profile import Profile
from nenghao.protocol.rejections import refuse
from nenghao.protocol.sm4 import looks_encrypted, sm4_decrypt_fields

MAX_RECORDS = 20_000
"""More than two days of a large enterprise's real-time rows; each could be refused with a reason of its own."""
MAX_COUNT = 2**63 - 1
"""What the store's column takes."""

LONGEST_INTEGER = 40
"""Digits of an integer that is read as one."""

_DECODER = msgspec.json.Decoder(EnergyUpload)
_NAMES = {info.encode_name: info.name for info in msgspec.structs.fields(EnergyRecord)}
_REQUIRED = frozenset(info.encode_name for info in msgspec.structs.fields(EnergyRecord) if info.required)
_TEXT, _CODE, _NUMBER = (str,), (str, int), (str, int, float, type(None))
_TYPES: dict[str, tuple[type, ...]] = {
    "dataCode": _TEXT, "dataValue": _NUMBER, "inputType": _CODE, "statType": _CODE, "statDate": _TEXT,
    "uploadDate": (str, type(None)), "scope": _CODE, "valid": (str, int, bool, type(None)), "state": (str, type(None)),
}  # fmt: skip
_TYPE_WORDS = {
    _TEXT: "字符串 / a string", _CODE: "字符串或整数 / a string or an integer", _NUMBER: "数字 / a number",
}  # fmt: skip


class MessageError(NenghaoError):
    """The whole message is refused; ``rejection`` is what the log and the answer say."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(
            rejection.code, rejection.message_zh, rejection.message_en, field=rejection.field,
            mend_zh=rejection.mend_zh, mend_en=rejection.mend_en,
        )  # fmt: skip
        self.rejection = rejection


@dataclass(slots=True)
class Upload:
    """A decoded energy upload. ``records[i]`` is ``None`` where the i-th record was refused."""

    device_id: str
    enterprise_code: str
    records: list[EnergyRecord | None]
    rejections: list[Rejection] = field(default_factory=list)
    backlog: int | None = None
    """How many records still wait at the gateway, where it says so."""

    def clock_offset_s(self, received_at: datetime) -> float | None:
        """Give how far the gateway's clock is ahead of ours [s]: newest ``uploadDate`` less ``received_at`` (aware).

        The time on the way counts against the gateway. ``None`` when no record of a (decrypted) batch tells it.
        """
        sent = {record.upload_date for record in self.records if record is not None and record.upload_date}
        moments = [found[0] for found in map(wall_moment, sent) if found is not None]
        return max(moments) - wall_seconds(received_at) if moments else None

    def refuse(self, index: int, code: str, field: str = "", value: object = "") -> None:
        """Drop the record at ``index`` and say why."""
        record = self.records[index]
        self.rejections.append(
            refuse(
                code, index=index, field=field, value=value,
                data_code="" if record is None else record.data_code,
                stat_type="" if record is None else record.stat_type,
                stat_date="" if record is None else record.stat_date,
            )
        )  # fmt: skip
        self.records[index] = None


def decode_upload(body: bytes) -> Upload:
    """Decode the body of ``uploadEnergyData``; raise :class:`MessageError` when nothing of it can be kept."""
    try:
        got = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_tolerantly(body)
    _limit(got.data)
    return Upload(got.device_id, got.enterprise_code, list(got.data), backlog=_count(got.backlog))


def _count(sent: object) -> int | None:
    """Read a count, also one in a string; ``None`` for anything else."""
    if isinstance(sent, str) and len(sent) < len(str(MAX_COUNT)) and sent.isascii() and sent.isdigit():
        sent = int(sent)
    if isinstance(sent, int) and not isinstance(sent, bool) and 0 <= sent <= MAX_COUNT:
        return sent
    return None


def _limit(rows: list[Any]) -> None:
    if len(rows) > MAX_RECORDS:
        raise MessageError(refuse("too-many-records", field="data", value=len(rows), more=MAX_RECORDS))


def decode_object(body: bytes) -> dict[str, Any]:
    """Decode any body to a JSON object; ``NaN`` and ``Infinity`` become floats, integers too long for Python too."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MessageError(refuse("body-not-utf8")) from None
    try:
        got = json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError):
        raise MessageError(refuse("json-malformed")) from None
    if not isinstance(got, dict):
        raise MessageError(refuse("message-type", more=type(got).__name__))
    return got


def required_text(message: dict[str, Any], name: str) -> str:
    """Give a field of the message that must be a non-empty string."""
    if name not in message or message[name] in (None, ""):
        raise MessageError(refuse("field-missing", field=name))
    if not isinstance(message[name], str):
        raise MessageError(refuse("field-type", field=name, value=message[name], more=_TYPE_WORDS[_TEXT]))
    return message[name]


def listed(message: dict[str, Any], name: str) -> list[Any]:
    """Give a field of the message that must be an array; an absent one is empty."""
    got = message.get(name)
    if got is None:
        return []
    if not isinstance(got, list):
        raise MessageError(refuse("message-type", field=name, more=f"{name}: {type(got).__name__}"))
    return got


def decrypt_upload(upload: Upload, profile: Profile, secret_key: str, previous_key: str = "") -> None:
    """Decrypt the records in place, field by field, as the profile says; refuse those that the key does not open.

    What looks like ciphertext is decrypted, whatever the profile expects; a field that the profile encrypts and that
    came in plain text is refused unless it is in ``plain_allowed``. All fields go through the cipher in one call.
    ``previous_key`` is tried where ``secret_key`` does not open all: a batch is encrypted under one key.
    """
    if not profile.encrypts and not any(r is not None and len(r.data_code) > CODE_LENGTH for r in upload.records):
        return  # plain, as the profile says: the hot path
    places: list[tuple[int, str]] = []
    texts: list[str] = []
    for index, record in enumerate(upload.records):
        if record is None:
            continue
        for wire_name, name in _NAMES.items():
            value = getattr(record, name)
            if isinstance(value, str) and looks_encrypted(value):
                places.append((index, wire_name))
                texts.append(value)
            elif wire_name in profile.encrypted_fields - profile.plain_allowed:
                upload.refuse(index, "field-not-encrypted", wire_name)
                break
    plain: list[str | None] = sm4_decrypt_fields(texts, secret_key) if secret_key else [None] * len(texts)
    if previous_key and None in plain:
        plain = min(plain, sm4_decrypt_fields(texts, previous_key), key=_unopened)
    for (index, wire_name), text in zip(places, plain, strict=True):
        _put(upload, index, wire_name, text)


def _unopened(plain: list[str | None]) -> int:
    return plain.count(None)


def _put(upload: Upload, index: int, wire_name: str, text: str | None) -> None:
    record = upload.records[index]
    if record is None:
        return
    if text is None:
        # The record's own texts are ciphertext: they say nothing in the log.
        upload.records[index] = None
        upload.rejections.append(refuse("decrypt-failed", index=index, field=wire_name))
        return
    setattr(record, _NAMES[wire_name], text)


def _integer(digits: str) -> int | float:
    """Keep every digit of what may be a code (of an instrument, 20 digits and more); longer than any is a float."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


def _decode_tolerantly(body: bytes) -> Upload:
    message = decode_object(body)
    if "data" not in message:
        raise MessageError(refuse("field-missing", field="data"))
    rows = listed(message, "data")
    _limit(rows)
    upload = Upload(
        required_text(message, "deviceId"), required_text(message, "enterpriseCode"), [],
        backlog=_count(message.get("backlog")),
    )  # fmt: skip
    for index, row in enumerate(rows):
        record = _tolerant_record(index, row)
        if isinstance(record, Rejection):
            upload.rejections.append(record)
            upload.records.append(None)
        else:
            upload.records.append(record)
    return upload


def _tolerant_record(index: int, row: object) -> EnergyRecord | Rejection:
    if not isinstance(row, dict):
        return refuse("record-not-object", index=index)
    about = {
        "index": index, "data_code": row.get("dataCode", ""), "stat_type": row.get("statType", ""),
        "stat_date": row.get("statDate", ""),
    }  # fmt: skip
    for name, kinds in _TYPES.items():
        if name not in row:
            if name in _REQUIRED:
                return refuse("field-missing", field=name, **about)
        elif not isinstance(row[name], kinds) or (isinstance(row[name], bool) and bool not in kinds):
            more = _TYPE_WORDS.get(kinds, _TYPE_WORDS[_CODE])
            return refuse("field-type", field=name, value=row[name], more=more, **about)
    return EnergyRecord(**{_NAMES[name]: row[name] for name in _TYPES if name in row})
