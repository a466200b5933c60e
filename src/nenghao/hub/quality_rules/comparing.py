"""The difference between two editions, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Texts explain a rule and do not decide anything; number and day are the edition's own.
_NOT_COMPARED = frozenset({"version", "effective_from", "name", "key", "code"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; ``part`` is the check or index (empty: of the whole), the values are plain ones."""

    part: str
    field: str
    before: Any
    after: Any


def flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a rule set or scheme by dotted name: ``flat-line.settings.ticks``, ``online.weight``."""
    found: dict[str, Any] = {}
    parts = content.get("checks") or {index["code"]: index for index in content.get("indices", ())}
    _walk({k: v for k, v in content.items() if k not in ("checks", "indices")}, "", found)
    for code, part in parts.items():
        _walk(part, f"{code}.", found)
    return found


def _walk(values: Mapping[str, Any], prefix: str, found: dict[str, Any]) -> None:
    for name, value in values.items():
        if name in _NOT_COMPARED:
            continue
        if isinstance(value, Mapping):
            _walk(value, f"{prefix}{name}.", found)
        elif isinstance(value, list | tuple):
            found[prefix + name] = ", ".join(map(str, value))
        else:
            found[prefix + name] = value


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """List what differs between two contents, in the order of the checks or indices of the second.

    >>> changes({"checks": {"spike": {"fail": 8}}}, {"checks": {"spike": {"fail": 6}}})
    (Change(part='spike', field='fail', before=8, after=6),)
    """
    old, new = flat(before), flat(after)
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name) and (name in old or new[name] not in (None, "")):
            part, _, field = name.rpartition(".") if name.count(".") < 2 else name.partition(".")
            found.append(Change(part, field, old.get(name), new.get(name)))
    return tuple(found)
