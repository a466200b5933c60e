"""Logging: one line of key=value per event on standard error, with secrets blotted out."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_NAMES = re.compile(r"password|secret|token|csrf|session|cookie|authorization|private", re.IGNORECASE)


def blot_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace the value of every key that names a secret."""
    return {key: "***" if SECRET_NAMES.search(key) else value for key, value in event.items()}


def configure(options: Mapping[str, Any]) -> None:
    """Send structlog's and the standard library's records through one chain; Django calls this with ``LOGGING``."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        blot_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            ],
        )
    )
    root = logging.getLogger("nenghao")
    for logger in (root, logging.getLogger("django")):
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(options["level"])
    # A 404 is an answer, not an event.
    logging.getLogger("django.request").setLevel("ERROR")
