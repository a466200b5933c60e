"""What of a gateway's message is not as the field tables have it: field by field, in words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from nenghao.errors import NenghaoError
from nenghao.protocol import DataCode, Scope

INSTANT = "%Y-%m-%d %H:%M:%S"
Plain = str | int | float | bool


class Shape(msgspec.Struct, frozen=True):
    """One message: field → name of its form, for the fields that every client sends and for the others."""

    required: dict[str, str] = {}
    optional: dict[str, str] = {}


@lru_cache(maxsize=4)
def shapes(name: str) -> tuple[dict[str, re.Pattern[str]], dict[str, Shape]]:
    """Give the forms and the messages of a table (``fields_a``)."""
    text = resources.files("nenghao.cli.conformance").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    forms = {key: re.compile(pattern, re.ASCII | re.DOTALL) for key, pattern in found.pop("forms").items()}
    return forms, {key: msgspec.convert(row, Shape) for key, row in found.items()}


def field_problems(message: str, row: object, table: str = "fields_a") -> list[str]:
    """Say what of one object is missing or malformed; fields that the tables do not name are nobody's business.

    >>> field_problems("versionCheck", {"deviceId": "0"})
    ["versionCheck.deviceId: '0' (device)"]
    """
    if not isinstance(row, Mapping):
        return [f"{message}: {type(row).__name__}"]
    forms, known = shapes(table)
    shape = known[message]
    missing = [f"{message}.{name}: 缺少 / missing" for name in shape.required if row.get(name) in (None, "")]
    return missing + [
        f"{message}.{name}: {row[name]!r} ({form})"
        for name, form in (shape.required | shape.optional).items()
        if row.get(name) not in (None, "") and not _fits(forms[form], row[name])
    ]


def _fits(form: re.Pattern[str], value: object) -> bool:
    if isinstance(value, bool):
        return form.fullmatch("true" if value else "false") is not None
    return isinstance(value, Plain) and form.fullmatch(str(value)) is not None


def period_problem(row: Mapping[str, Any], realtime_minutes: int) -> str:
    """Say whether ``statDate`` is the start of a period of its ``statType``."""
    try:
        start = datetime.strptime(str(row["statDate"]), INSTANT)  # noqa: DTZ007  wall time, as on the wire
    except (KeyError, ValueError):
        return ""  # its form is told already
    midnight = not (start.hour or start.minute or start.second)
    starts = {
        "0": (60 * start.hour + start.minute) % realtime_minutes == 0 and start.second == 0,
        "1": midnight,
        "2": midnight and start.day == 1,
        "3": midnight and (start.month, start.day) == (1, 1),
    }
    stat_type = str(row.get("statType"))
    return "" if starts.get(stat_type, True) else f"statType {stat_type}: statDate {row['statDate']}"


def scope_problem(scope: object, data_code: object) -> str:
    """Say whether a data code names more than its scope allows."""
    try:
        DataCode.parse(str(data_code)).check_scope(Scope(int(str(scope))))
    except (NenghaoError, ValueError) as error:
        return f"scope {scope}, {data_code}: {error}"
    return ""
