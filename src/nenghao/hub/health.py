"""``/health``: whether this process can serve, for supervisors, the demo and the tests."""

from __future__ import annotations

import os
from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from nenghao import __version__
from nenghao.errors import NenghaoError
from nenghao.hub.quality_checks.nightly import nightly_health
from nenghao.hub.registry.models.versions import current_version
from nenghao.hub.store import get_store
from nenghao.readings.quality import unchecked_cell_count
from nenghao.readings.uploads import dirty_cell_count

log = structlog.get_logger("nenghao.hub.health")


def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when database and reading store work, else 503 with the part that does not."""
    answer: dict[str, Any] = {"version": __version__, "pid": os.getpid()} | _database() | _store()
    answer["status"] = "ok" if answer["database"] == answer["store"] == "ok" else "failing"
    return JsonResponse(answer, status=200 if answer["status"] == "ok" else 503)


def _database() -> dict[str, Any]:
    try:
        known = {"database": "ok", "database_vendor": connection.vendor, "registry_version": current_version()}
        return known | nightly_health()
    except DatabaseError as error:
        log.error("database does not answer", error=str(error))
        return {"database": "failing", "database_vendor": connection.vendor}


def _store() -> dict[str, Any]:
    try:
        store = get_store()
        return {
            "store": "ok", "backlog_batches": store.waiting_batches, "dirty_cells": dirty_cell_count(store),
            "unchecked_cells": unchecked_cell_count(store),
        }  # fmt: skip
    except (NenghaoError, DatabaseError) as error:
        log.error("reading store does not open", error=str(error))
        return {"store": getattr(error, "code", "failing")}
