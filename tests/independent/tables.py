"""The field tables as shapes: what a message must hold, asked of a body by either independent program.

`tables/*.csv` are rows of what is known of the wire, each with its source and confidence. Nothing here knows nenghao.
"""

from __future__ import annotations

import csv
import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "tables"
ENUMERATED = {
    "statType": "statType",
    "inputType": "inputType",
    "scope": "scope",
    "energyClassCode": "energyClassCode",
    "energyConsumeLevel": "energyConsumeLevel",
    "fieldCode": "fieldCode",
    "meteringLevel": "meteringLevel",
    "meterLevel": "meteringLevel",
    "dataCodeCalculate": "dataCodeCalculate",
    "reportArithmetic": "dataCodeCalculate",
    "installOrg": "installOrg",
    "usrSystem": "usrSystem",
    "measureState": "measureState",
}
DATA_CODE = re.compile(r"\d{2}-\d{2}-\d{4}-\d{6}-\d{2}")
INSTANT, DAY = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"


@dataclass(frozen=True)
class Field:
    """One row: a field of one message."""

    name: str
    kind: str
    required: bool
    meaning: str
    source: str
    confidence: str

    @property
    def length(self) -> int | None:
        found = re.search(r"\((\d+)", self.kind)
        return int(found[1]) if found and "timestamp" not in self.kind else None

    @property
    def values(self) -> frozenset[str]:
        if "true|false" in self.meaning:
            return frozenset({"true", "false"})
        return enumeration(ENUMERATED[self.name]) if self.name in ENUMERATED else frozenset()


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


@functools.cache
def enumeration(name: str) -> frozenset[str]:
    return frozenset(row["code"] for row in rows("enumerations.csv") if row["list"] == name)


@functools.cache
def dictionary_names() -> dict[int, str]:
    """Dialect B: itemIndex → name of the dictionary; those that only clients hold are left out."""
    found = [row for row in rows("enumerations.csv") if row["list"].startswith("itemIndex")]
    return {int(row["code"]): row["meaning"] for row in found if "client-local" not in row["meaning"]}


@functools.cache
def shape(dialect: str, message: str) -> tuple[Field, ...]:
    """Fields of a message, as `shape("A", "uploadEnergyData.data[]")`; an array's fields are a shape of their own."""
    parent, _, nested = message.partition(".data[]")
    wanted = f"{parent}.request" if nested == "" and message.endswith(".data[]") else message
    fields = []
    for row in rows("fields.csv"):
        names = [part.strip() for part in row["message"].split(" (")[0].split(" / ")]
        if row["dialect"][0] != dialect or wanted not in names:
            continue
        inside = row["field"].startswith("data[].")
        if inside == message.endswith(".data[]"):
            fields += _fields_of(row)
    assert fields, f"no table row describes {message}"
    return tuple(fields)


def _fields_of(row: Mapping[str, str]) -> list[Field]:
    given = row["field"].removeprefix("data[].")
    names = given.split(" / ")[-1:] if " / " in given else given.split("/")
    required = row["required_or_always_seen"] == "Y"
    return [Field(name, row["type"], required, row["meaning"], row["source"], row["confidence"]) for name in names]


def problems(dialect: str, message: str, body: Any) -> list[str]:
    """What of `body` the tables do not allow; fields that the tables do not name are nobody's business."""
    if not isinstance(body, Mapping):
        return [f"{message}: an object is expected, not {type(body).__name__}"]
    found = []
    for field in shape(dialect, message):
        said = _problem(field, body.get(field.name), dialect)
        if said:
            found.append(f"{message}.{field.name}: {said}")
    return found


def _problem(field: Field, value: Any, dialect: str) -> str:
    if value is None or value == "":
        return "missing" if field.required else ""
    said = _kind_problem(field, value, dialect)
    if said:
        return said
    text = str(value)
    if field.values and text not in field.values:
        return f"{text!r} is not one of {', '.join(sorted(field.values))}"
    return ""


def _kind_problem(field: Field, value: Any, dialect: str) -> str:
    if field.kind == "array":
        return "" if isinstance(value, list) else f"a list is expected, not {value!r}"
    if field.kind == "string(1)|bool":
        return "" if value is True or value is False or value in ("0", "1") else f"{value!r} is not 0, 1, true or false"
    if field.kind in ("number", "number-string"):  # both forms are seen in clients
        return "" if _is_number(value) else f"{value!r} is no number"
    if not isinstance(value, str):
        return f"text is expected, not {value!r}"
    return _text_problem(field, value, dialect)


def _text_problem(field: Field, value: str, dialect: str) -> str:
    for marks, form in (
        ("timestamp", INSTANT),
        ("yyyy-MM-dd HH:mm:ss SSS", INSTANT + " %f"),
        ("yyyy-MM-dd HH:mm:ss", INSTANT),
        ("yyyy-MM-dd", DAY),
        ("HH:mm:ss", "%H:%M:%S"),
    ):
        if marks in field.kind or marks in field.meaning:
            return "" if is_time(value, form) else f"{value!r} is not written {form}"
    if "32 hex" in field.kind and not re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}", value):
        return f"{value!r} is not 32 hexadecimal digits"
    if "url" in field.kind and not re.match(r"https?://[^/]+", value):
        return f"{value!r} is no address"
    if field.kind.startswith("string(20") and not DATA_CODE.fullmatch(value):
        return f"{value!r} is not PP-UU-EENN-CCTTTT-YY"
    if field.length is None or "32 hex" in field.kind:
        return ""
    exact = dialect == "A"
    wrong = len(value) != field.length if exact else len(value) > field.length
    return f"{value!r} has {len(value)} characters, not {field.length}" if wrong else ""


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def is_time(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).strftime("%Y") == text[:4] or "%Y" not in form
    except ValueError:
        return False


def period_problem(stat_type: str, stat_date: str) -> str:
    """The start of the period: hour or quarter start; day 00:00:00; the first 00:00:00; the first of January."""
    if not is_time(stat_date, INSTANT):
        return ""
    start = datetime.strptime(stat_date, INSTANT)
    midnight = (start.hour, start.minute, start.second) == (0, 0, 0)
    right = {
        "0": start.minute % 15 == 0 and start.second == 0,
        "1": midnight,
        "2": midnight and start.day == 1,
        "3": midnight and (start.month, start.day) == (1, 1),
    }
    return "" if right.get(stat_type, True) else f"statDate {stat_date} does not start a period of statType {stat_type}"


def scope_problem(scope: str, data_code: str) -> str:
    """Scope 1: process, unit and equipment are zero; 2: unit and equipment; 3: equipment."""
    if not DATA_CODE.fullmatch(data_code):
        return ""
    process, unit, equipment, _, _ = data_code.split("-")
    forced = {"1": process + unit + equipment, "2": unit + equipment, "3": equipment}.get(scope, "")
    return f"dataCode {data_code} names more than scope {scope}" if forced.strip("0") else ""


def sample(dialect: str, message: str, **known: Any) -> dict[str, Any]:
    """A body with every field of the message, required or not; `known` fields have their own values."""
    body = {field.name: known.get(field.name, _sample_value(field)) for field in shape(dialect, message)}
    return {**body, **known}


def _sample_value(field: Field) -> Any:
    if field.values:
        return min(field.values)
    if field.kind == "array":
        return []
    if "timestamp" in field.kind or "yyyy-MM-dd HH" in field.meaning:
        return "2020-05-01 00:00:00"
    if "yyyy-MM-dd" in field.meaning or "date" in field.meaning.lower() or field.name.endswith("Date"):
        return "2020-05-01"
    if field.kind == "number":
        return "100000"
    if field.kind == "mediumblob":
        return "aW52ZW50ZWQ="
    return field.name[: field.length] if field.length else field.name
