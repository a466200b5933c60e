"""One call after the other to a platform: what was sent, what came back, and whether it was in the protocol's form."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from nenghao.protocol import JSON_HEADERS


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call. ``status`` 0 means that no answer came; ``form`` says what of the answer is not the protocol's."""

    url: str
    status: int
    body: bytes
    answer: dict[str, Any]
    form: str
    seconds: float

    @property
    def code(self) -> str:
        """``responseCode`` as text."""
        return str(self.answer.get("responseCode", ""))

    @property
    def message(self) -> str:
        """``responseMessage``."""
        return str(self.answer.get("responseMessage", ""))

    @property
    def accepted(self) -> bool:
        """Whether the platform took it."""
        return self.status == httpx.codes.OK and self.code in ("0", "200")

    @property
    def refused(self) -> bool:
        """Whether the platform said no as the protocol does, and did not fall over."""
        return self.status == httpx.codes.OK and "responseCode" in self.answer and not self.accepted

    @property
    def survived(self) -> bool:
        """Whether the platform answered without an error of its own (HTTP 5xx) and without hanging up."""
        return 0 < self.status < httpx.codes.INTERNAL_SERVER_ERROR

    def said(self) -> str:
        """What came back, for the table."""
        if not self.status:
            return self.form
        if self.answer:
            return f"HTTP {self.status}, {self.code} {self.message}"
        return f"HTTP {self.status}, {self.body[:120].decode('utf-8', 'replace')}"


@dataclass(slots=True)
class Probe:
    """Posts and remembers."""

    client: httpx.Client
    numeric_codes: bool = False
    """Whether ``responseCode`` may be a number (dialect B)."""
    exchanges: list[Exchange] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: dict[str, str] | None = None) -> Exchange:
        """Post a body; transport errors become an exchange without answer."""
        return self._keep(self.send("POST", url, body, {**JSON_HEADERS, **(headers or {})}))

    def send(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Exchange:
        """Make any call; it does not count for the form of answers."""
        began = time.monotonic()
        try:
            got = self.client.request(method, url, content=body, headers=headers)
        except httpx.HTTPError as error:
            text = f"{type(error).__name__}: {error}"
            return Exchange(url, 0, b"", {}, text, time.monotonic() - began)
        answer = _object(got.content)
        form = answer_form(got.status_code, answer, numeric_codes=self.numeric_codes)
        return Exchange(url, got.status_code, got.content, answer, form, time.monotonic() - began)

    def _keep(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        return exchange


def answer_form(status: int, answer: dict[str, Any], *, numeric_codes: bool) -> str:
    """Say what of an answer is not the protocol's: HTTP 200, an object, code and message as text."""
    if status != httpx.codes.OK:
        return f"HTTP {status}"
    if not answer:
        return "no JSON object"
    for name in ("responseCode", "responseMessage"):
        value = answer.get(name)
        if not isinstance(value, str) and not (numeric_codes and name == "responseCode" and type(value) is int):
            return f"{name}: {value!r}"
    return ""


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
