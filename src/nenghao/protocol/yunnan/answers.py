"""What comes back in dialect B: ``{responseCode, responseMessage, data{}}``, always with HTTP 200.

``200`` is success and ``401`` a token that is bad or expired; all other numbers are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from nenghao.errors import NenghaoError
from nenghao.periods import from_wall, wall

SUCCESS, BAD, TOKEN_BAD, NOT_ALLOWED, STALE, TOO_OFTEN, BROKEN = 200, 400, 401, 403, 409, 429, 500
RECEIVED = "RECEIVE SUCCESS"
SEND_AGAIN = frozenset({"internal-error", "database-busy", "store-busy"})
"""Reasons that a platform of ours names which are about the platform, not about the record."""
_MOMENT = "%Y-%m-%d %H:%M:%S %f"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: ``code`` 200 is success; ``data`` is empty where there is none."""

    code: int
    message: str
    data: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the request was taken."""
        return self.code == SUCCESS

    @property
    def token_is_bad(self) -> bool:
        """Whether a new token is to be requested, and then the same repeated."""
        return self.code == TOKEN_BAD


@dataclass(frozen=True, slots=True)
class Token:
    """What ``requestAK`` gave: the token, its end (aware, or ``None`` where it cannot be read), the daily slot."""

    token: str
    expires_at: datetime | None
    upload_time: str
    platform_url: str


def parse_answer(body: bytes) -> Answer:
    """Read any answer; raise ``answer-unreadable`` when the body is not the protocol (a proxy's page)."""
    try:
        got = msgspec.json.decode(body, type=dict[str, Any])
        code = int(got["responseCode"])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise NenghaoError(
            "answer-unreadable", "平台的应答不是协议格式", "the platform's answer is not in the protocol's form",
            record=body[:80].decode("utf-8", "replace"), mend_zh="核对平台地址与代理设置",
            mend_en="check the platform's address and any proxy between",
        ) from error  # fmt: skip
    data = got.get("data")
    return Answer(code, str(got.get("responseMessage", "")), data if isinstance(data, dict) else {})


def parse_token(answer: Answer) -> Token:
    """Read the answer to ``requestAK``; raise ``requestAK-refused`` when there is no token in it."""
    token = str(answer.data.get("token") or "")
    if not answer.ok or not token:
        raise NenghaoError(
            "requestAK-refused", f"平台未发放令牌: {answer.message}", f"the platform gave no token: {answer.message}",
            mend_zh="核对统一社会信用代码、PIN 与设备审核状态",
            mend_en="check the enterprise code, the PIN and whether the device is approved",
        )  # fmt: skip
    return Token(
        token, parse_moment(str(answer.data.get("akExpiresIn") or "")),
        str(answer.data.get("enterpriseUploadTime") or ""), str(answer.data.get("platformURL") or ""),
    )  # fmt: skip


def written_moment(instant: datetime) -> str:
    """Write an aware instant as ``yyyy-MM-dd HH:mm:ss SSS`` in Beijing time (``akExpiresIn``, ``akValidAt``).

    >>> from datetime import UTC
    >>> written_moment(datetime(2026, 11, 21, 9, 30, 0, 250000, UTC))
    '2026-11-21 17:30:00 250'
    """
    moment = wall(instant)
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.microsecond // 1000:03d}"


def parse_moment(text: str) -> datetime | None:
    """Read what :func:`written_moment` writes, also without milliseconds; ``None`` for anything else."""
    try:
        return from_wall(datetime.strptime(f"{text} 0" if len(text) == 19 else text, _MOMENT))  # noqa: DTZ007
    except ValueError:
        return None
