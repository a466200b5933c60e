"""Reads a case folder: ``meter.toml`` (one meter and its events) and ``samples.csv`` (its register samples)."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.intervals import MeterEvent, MeterSpec, MultiplierEvent, ReplaceEvent, SampleColumns
from nenghao.periods import to_ms
from nenghao.units import unit

METER_KEYS = {
    "id", "energy", "unit", "interval_s", "multiplier", "modulus", "max_rate_per_hour", "installed_at", "removed_at",
}  # fmt: skip
EVENT_KEYS = {"kind", "at", "final_register", "initial_register", "multiplier", "register"}
Warn = Callable[[str, str], None]


def load_meter(folder: Path, warn: Warn) -> MeterSpec:
    """Read ``meter.toml``; raise ``case-invalid`` naming the field; ``warn`` (zh, en) about keys not known."""
    path = folder / "meter.toml"
    try:
        document = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise _invalid(path, "", f"不是合法的 TOML: {error}", f"not valid TOML: {error}") from None
    table = document.get("meter")
    if not isinstance(table, dict):
        raise _invalid(path, "meter", "缺少 [meter] 表", "the table [meter] is missing")
    _warn_unknown(path, table, METER_KEYS, warn)
    symbol = _word(path, table, "unit")
    unit(symbol)
    removed = _instant(path, table, "removed_at") if "removed_at" in table else None
    return MeterSpec(
        _word(path, table, "id"), _word(path, table, "energy"), symbol, _number(path, table, "interval_s"),
        multiplier=_number(path, table, "multiplier") if "multiplier" in table else 1.0,
        modulus=_number(path, table, "modulus") if "modulus" in table else None,
        max_rate_per_hour=_number(path, table, "max_rate_per_hour") if "max_rate_per_hour" in table else None,
        installed_at_ms=_instant(path, table, "installed_at"),
        removed_at_ms=removed,
        events=tuple(_events(path, document, warn)),
    )  # fmt: skip


def _events(path: Path, document: dict[str, Any], warn: Warn) -> Iterator[MeterEvent]:
    events = document.get("event", [])
    if not isinstance(events, list):
        raise _invalid(path, "event", "事件须写成 [[event]]", "events are written as [[event]]")
    for event in events:
        _warn_unknown(path, event, EVENT_KEYS, warn)
        at = _instant(path, event, "at")
        match event.get("kind"):
            case "replace":
                multiplier = _number(path, event, "multiplier") if "multiplier" in event else None
                final, initial = (_number(path, event, f"{name}_register") for name in ("final", "initial"))
                yield ReplaceEvent(at, final, initial, multiplier)
            case "multiplier":
                yield MultiplierEvent(at, _number(path, event, "multiplier"), _number(path, event, "register"))
            case kind:
                raise _invalid(
                    path, "event.kind", f"不认识的事件「{kind}」，可用 replace、multiplier",
                    f"unknown event {kind!r}, known: replace, multiplier",
                )  # fmt: skip


def load_samples(folder: Path, warn: Warn) -> SampleColumns:
    """Read ``samples.csv`` (``ts,register[,received_at]``); a line that cannot be read is told to ``warn`` and left.

    Without the column ``received_at``, a later line counts as received later.
    """
    path = folder / "samples.csv"
    lines = csv.DictReader(io.StringIO(_text(path)), skipinitialspace=True)
    names = lines.fieldnames or ()
    for name in ("ts", "register"):
        if names and name not in names:
            raise _invalid(path, name, f"缺少列 {name}", f"column {name} is missing", mend=", ".join(names))
    rows: list[tuple[int, float, int]] = []
    for line in lines:
        try:
            ts = to_ms(_parse(line["ts"]))
            received = to_ms(_parse(line["received_at"])) if line.get("received_at") else ts
            rows.append((ts, float(line["register"]), received))
        except (NenghaoError, ValueError, TypeError) as error:
            where = f"{path.name}:{lines.line_num}"
            why = error.text("en") if isinstance(error, NenghaoError) else str(error)
            warn(f"{where} 此行无法读取，已跳过: {why}", f"{where}: line cannot be read and is left out: {why}")
    ts_ms, register, received_ms = zip(*rows, strict=True) if rows else ((), (), ())
    if "received_at" not in names and rows:
        received_ms = range(max(ts_ms), max(ts_ms) + len(rows))
    return SampleColumns.of(ts_ms, register, received_ms)


def _parse(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _invalid(path, "", f"无法读取: {error.strerror}", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _invalid(path, "", "不是 UTF-8 文本", "not UTF-8 text") from None


def _word(path: Path, table: dict[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(path, name, "缺少文字", "a text is missing")
    return value


def _number(path: Path, table: dict[str, Any], name: str) -> float:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(path, name, f"须为数字，现为 {value!r}", f"must be a number, is {value!r}")
    return float(value)


def _instant(path: Path, table: dict[str, Any], name: str) -> int:
    value = table.get(name)
    try:
        return to_ms(value if isinstance(value, datetime) else _parse(value or ""))
    except (ValueError, AttributeError):
        raise _invalid(
            path, name, f"须为带时区的时间，现为 {value!r}", f"must be a time with zone, is {value!r}",
            mend="2026-03-04T00:00:00+08:00",
        ) from None  # fmt: skip
    except NenghaoError as error:
        raise _invalid(path, name, error.message_zh, error.message_en, mend="2026-03-04T00:00:00+08:00") from None


def _warn_unknown(path: Path, table: dict[str, Any], known: set[str], warn: Warn) -> None:
    for name in sorted(set(table) - known):
        warn(f"{path.name}: 不认识的键 {name}，已忽略", f"{path.name}: unknown key {name} is ignored")


def _invalid(path: Path, name: str, zh: str, en: str, *, mend: str = "") -> NenghaoError:
    return NenghaoError(
        "case-invalid",
        zh,
        en,
        record=str(path),
        field=name,
        mend_zh=mend and f"例: {mend}",
        mend_en=mend and f"e.g. {mend}",
    )
