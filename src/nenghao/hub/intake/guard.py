"""Who may speak for a device: what every call of a known device passes before its operation looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nenghao.hub.intake.snapshot import Sender


def admit(meta: Mapping[str, Any], body: bytes, sender: Sender, *, now: datetime) -> None:
    """Let a call of ``sender`` through, or raise :class:`nenghao.protocol.MessageError` with the reason.

    ``meta`` is the WSGI environment of the request, ``body`` its bytes as they came.
    """
