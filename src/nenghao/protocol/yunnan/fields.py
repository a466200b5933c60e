"""The field table of dialect B (``fields.csv``: type, length, required, source, confidence) and the check by it.

Every row of the table was read in the schema of a client that talks to the platform. Lengths count characters, as
``varchar`` does; a ``mediumblob`` is a picture in base64.
"""

from __future__ import annotations

import base64
import binascii
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from nenghao.protocol.checks import wall_moment
from nenghao.protocol.decoding import MessageError
from nenghao.protocol.messages import Rejection
from nenghao.protocol.rejections import refuse
from nenghao.protocol.yunnan.operations import Operation

MAX_PICTURE_BYTES = 2 * 1024 * 1024
"""Ours; the column of the clients' schema would take 16 MiB."""
_STARTS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"%PDF-", "pdf"))
_TEXT_WORDS = "字符串 / a string"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one message, as the table has it. ``length`` is 0 where the kind is no ``varchar``."""

    name: str
    kind: str
    """``varchar``, ``timestamp`` or ``mediumblob``."""
    length: int
    required: bool
    meaning: str
    source: str
    confidence: str


@cache
def _table() -> dict[str, dict[str, Field]]:
    text = resources.files("nenghao.protocol.yunnan").joinpath("fields.csv").read_text(encoding="utf-8")
    table: dict[str, dict[str, Field]] = {}
    for row in csv.DictReader(text.splitlines()):
        table.setdefault(row["message"], {})[row["field"]] = Field(
            name=row["field"], kind=row["kind"], length=int(row["length"] or 0), required=row["required"] == "Y",
            meaning=row["meaning"], source=row["source"], confidence=row["confidence"],
        )  # fmt: skip
    return table


def message_fields(message: str) -> Mapping[str, Field]:
    """Give the fields of a message by name; ``KeyError`` for a message that is not in the table.

    >>> field = message_fields("dataEnterpriseEnergy")["dataValue"]
    >>> field.kind, field.length, field.confidence
    ('varchar', 15, 'C')
    """
    return _table()[message]


def check_fields(operation: Operation, body: Mapping[str, Any]) -> dict[str, str]:
    """Give the fields of a body that the table knows, as text; raise :class:`MessageError` for the first that is wrong.

    Numbers and truth values are written out, ``null`` and the empty text count as absent, unknown fields are left out.
    """
    known = _known(operation)
    texts: dict[str, str] = {}
    for name, field in known.items():
        text = _text(name, body.get(name))
        if not text:
            continue
        problem = _problem(field, text)
        if problem is not None:
            raise MessageError(problem)
        texts[name] = text
    for name in required_names(operation):
        if name not in texts:
            raise MessageError(refuse("field-missing", field=name))
    return texts


@cache
def required_names(operation: Operation) -> tuple[str, ...]:
    """Give the fields that a request must carry: the enterprise, what the table requires, and what we need.

    An update or deletion names its record; a deletion needs nothing else.
    """
    if operation.verb == "delete":
        return ("enterpriseCode", *operation.needs)
    marked = [field.name for field in _known(operation).values() if field.required]
    return tuple(dict.fromkeys(("enterpriseCode", *marked, *operation.needs)))


@cache
def _known(operation: Operation) -> dict[str, Field]:
    fields = dict(message_fields(operation.message))
    if "dataIndex" in operation.needs and "dataIndex" not in fields:
        fields["dataIndex"] = message_fields("processConfigure")["dataIndex"]
    return fields


def _text(name: str, sent: object) -> str:
    if sent is None:
        return ""
    if isinstance(sent, bool):
        return "1" if sent else "0"
    if isinstance(sent, int | float):
        return repr(sent)
    if not isinstance(sent, str):
        raise MessageError(refuse("field-type", field=name, value=sent, more=_TEXT_WORDS))
    return sent.encode("utf-8", "replace").decode().replace("\x00", "").strip()


def _problem(field: Field, text: str) -> Rejection | None:
    # itemIndex may be a list of indexes: the length is that of each.
    parts = text.split(",") if field.name == "itemIndex" else [text]
    if field.kind == "varchar" and max(map(len, parts)) > field.length:
        return refuse("field-too-long", field=field.name, value=text, more=field.length)
    if field.kind == "timestamp" and not is_moment(text):
        return refuse("moment-malformed", field=field.name, value=text)
    if field.kind == "mediumblob" and picture_of(text) is None:
        return refuse("picture-wrong", field=field.name, more=MAX_PICTURE_BYTES // 1024)
    return None


def is_moment(text: str) -> bool:
    """Tell whether a text is ``yyyy-MM-dd HH:mm:ss`` or ``yyyy-MM-dd`` and names a day that exists."""
    return wall_moment(text if len(text) != 10 else f"{text} 00:00:00") is not None


def picture_of(text: str) -> tuple[str, bytes] | None:
    """Give a picture's type (``png``, ``jpeg``, ``pdf``, else ``bin``) and bytes; ``None`` for what is no base64.

    Base64, with or without a ``data:…;base64,`` before it; more than :data:`MAX_PICTURE_BYTES` is ``None`` as well.
    """
    encoded = text.partition("base64,")[2] if text.startswith("data:") else text
    if len(encoded) > MAX_PICTURE_BYTES * 4 // 3 + 4:
        return None
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not content or len(content) > MAX_PICTURE_BYTES:
        return None
    return next((kind for start, kind in _STARTS if content.startswith(start)), "bin"), content
