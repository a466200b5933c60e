"""A finding: one thing that is not as it should be, with its evidence.

A data-quality problem, a supervision finding and a diagnosis conclusion are the same type, so that one page can list
them together and one history can follow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """How grave a finding is; the order is meant for sorting."""

    INFO = 0
    """提示: worth knowing, nothing to do."""
    SUSPECT = 1
    """可疑: a person should look."""
    FAIL = 2
    """不合格: wrong, must be mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, by which rule, on what evidence.

    ``code`` is a stable kebab-case word (``register-reset``), ``evidence`` holds plain values with the unit in the key
    (``{"register_before_kwh": 120.0}``), ``clause`` cites the standard or rule where one exists, ``mend_zh`` and
    ``mend_en`` say what to do about it.

    >>> Finding("register-reset", Severity.SUSPECT, "表底无故下降", "register fell without a cause").code
    'register-reset'
    """

    code: str
    severity: Severity
    message_zh: str
    message_en: str
    evidence: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    clause: str = ""
    mend_zh: str = ""
    mend_en: str = ""
