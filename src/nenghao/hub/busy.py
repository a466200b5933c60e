"""A database that lets a request wait too long for another's lock: "busy, try again", which is no fault of anybody.

SQLite has one writer at a time and gives up after the ``timeout`` of the settings; PostgreSQL after its
``lock_timeout``, or at once where two transactions wait for each other or cannot both be serial. Nothing of the
transaction was kept. Pages and the open API answer 503 with ``Retry-After``, the wires in their own form.
"""

from __future__ import annotations

import sqlite3
import sys

import structlog
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views import defaults

from nenghao.protocol import MessageError, refuse

log = structlog.get_logger("nenghao.hub.busy")

RETRY_AFTER_S = 5
SQLITE_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
POSTGRESQL_STATES = frozenset({"55P03", "40P01", "40001"})
"""lock_not_available, deadlock_detected, serialization_failure"""


class DatabaseBusyError(MessageError):
    """What a caller is told: nothing was kept, come back in ``retry_after_s``."""

    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__(refuse("database-busy", value=RETRY_AFTER_S))


def is_busy(error: BaseException | None) -> bool:
    """Tell whether a lock was waited for in vain; Django's error has the driver's as its cause.

    >>> is_busy(sqlite3.OperationalError("no such table: x"))
    False
    """
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)  # extended: the lowest byte is the kind
        if code is not None and code & 0xFF in SQLITE_CODES:
            return True
        if getattr(error, "sqlstate", None) in POSTGRESQL_STATES:
            return True
        error = error.__cause__
    return False


def fault_of(error: BaseException, **call: object) -> MessageError:
    """Log an error that is no refusal, let go of its connection, and give what a wire answers for it."""
    close_old_connections()  # a broken one must not meet the next call
    if is_busy(error):
        log.warning("database-busy", error=str(error), **call)
        return DatabaseBusyError()
    log.error("call-failed", exc_info=error, **call)
    return MessageError(refuse("internal-error"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer, as the handler of the whole hub, what neither view nor middleware foresaw: 503 when busy, else 500."""
    if not is_busy(sys.exc_info()[1]):
        return defaults.server_error(request)
    page = get_template("503.html").render()  # without the request, whose account may be what waits
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
