"""What the gateway gets back, parsed: :class:`Answer`, and the refusal of anything that is not the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from nenghao.errors import NenghaoError
from nenghao.protocol.messages import SUCCESS, RegisterAnswer, Rejection, UploadAnswer, VersionAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A platform's answer to an upload. ``rejections``, ``accepted`` and ``batch`` come only from platforms of ours."""

    ok: bool
    message: str
    rejections: tuple[Rejection, ...] = ()
    batch: int | None = None
    accepted: int | None = None


def parse_answer(body: bytes) -> Answer:
    """Read the answer to any upload; raise ``answer-unreadable`` when the body is not the protocol (a proxy's page)."""
    try:
        got = msgspec.json.decode(body, type=UploadAnswer, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # A foreign platform may use our extra field names for something else: keep only what the protocol promises.
        plain = decoded(body, VersionAnswer)
        return Answer(ok=plain.response_code == SUCCESS, message=plain.response_message)
    return Answer(
        ok=got.response_code == SUCCESS, message=got.response_message, rejections=tuple(got.rejected),
        batch=got.batch, accepted=got.accepted,
    )  # fmt: skip


def parse_register_response(body: bytes) -> RegisterAnswer:
    """Read the answer to ``register``; raise ``register-refused`` when the platform says no."""
    got = decoded(body, RegisterAnswer)
    if got.response_code != SUCCESS or not got.device_id or not got.center_data_url:
        raise refused("register", got.response_message)
    return got


def parse_version_response(body: bytes) -> VersionAnswer:
    """Read the answer to ``versionCheck``; raise ``versionCheck-refused`` when the platform says no."""
    got = decoded(body, VersionAnswer)
    if got.response_code != SUCCESS:
        raise refused("versionCheck", got.response_message)
    return got


def parse_base_data_response(body: bytes) -> dict:
    """Read the dictionaries; the payload's form is the platform's own (ours: ``docs/protocol.md``)."""
    got = decoded(body, dict)
    if str(got.get("responseCode")) != SUCCESS:
        raise refused("downloadBaseData", str(got.get("responseMessage", "")))
    return got


def decoded(body: bytes, kind: type[T]) -> T:
    """Read an answer; raise ``answer-unreadable`` when the body does not have the form.

    Platforms write ``responseCode`` as text; one that writes a number is understood too.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        if (got := _with_numbers_as_text(body, kind)) is not None:
            return got
        raise NenghaoError(
            "answer-unreadable", "平台的应答不是协议格式", "the platform's answer is not in the protocol's form",
            record=body[:80].decode("utf-8", "replace"), mend_zh="核对平台地址与代理设置",
            mend_en="check the platform's address and any proxy between",
        ) from error  # fmt: skip


def _with_numbers_as_text(body: bytes, kind: type[T]) -> T | None:
    try:
        got = msgspec.json.decode(body, type=dict[str, Any])
        texts = {name: str(value) if type(value) is int else value for name, value in got.items()}
        return msgspec.convert(texts, kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def refused(operation: str, message: str) -> NenghaoError:
    """Make the error for an answer that says no, with the platform's own words."""
    return NenghaoError(
        f"{operation}-refused", f"平台拒绝 {operation}: {message}", f"the platform refused {operation}: {message}",
        mend_zh="核对统一社会信用代码、行政区划与设备审核状态",
        mend_en="check the enterprise code, the region and whether the device is approved",
    )  # fmt: skip
