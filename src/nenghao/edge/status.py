"""What the edge is doing, from its ledger: for a terminal, and as JSON for a parent process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.edge.ledger import Ledger
from nenghao.edge.schema import sql
from nenghao.edge.uplinks.offset import LIMIT_S
from nenghao.edge.uplinks.slots import due_now, next_slot_text, slot_of
from nenghao.edge.uplinks.yunnan_records import unsent_instruments
from nenghao.periods import from_ms

SHOWN = 20
COUNTERS = ("readings_uploaded", "readings_acknowledged", "pending", "rejected")


def snapshot(plan: EdgePlan, ledger: Ledger, now_ms: int) -> dict[str, Any]:
    """Give the state as plain values: the counters summed over the destinations, and each destination by itself.

    ``device_id``, ``upload_state`` and ``upload_message`` stand at the top for the first destination.
    """
    one = ledger.connection.execute
    newest = one("SELECT MAX(ts_ms) FROM sample").fetchone()[0]
    destinations = [_destination(to, ledger, now_ms) for to in plan.destinations.values()]
    first = destinations[0]
    return {
        **{key: first[key] for key in ("upload_state", "upload_message", "device_id")},
        **{key: sum(each[key] for each in destinations) for key in COUNTERS},
        "history_rows_read": one("SELECT COALESCE(SUM(rows_read), 0) FROM source").fetchone()[0],
        "newest_sample": from_ms(newest).isoformat() if newest is not None else None,
        "destinations": destinations,
    }


def _destination(to: DestinationPlan, ledger: Ledger, now_ms: int) -> dict[str, Any]:
    book = ledger.book(to.id)
    device_id = book.word("device_id")
    slot = slot_of(to.section, book.word("upload_time"), device_id)
    acknowledged_ms = int(book.word("newest_acknowledged_ms", "0"))
    offset = book.word("clock_offset_s")
    pending = book.pending_count()
    return {
        "id": to.id,
        "profile": to.profile.name,
        "dialect": to.dialect,
        "upload_state": book.word("upload_state", "not-started"),
        "upload_message": book.word("upload_message"),
        "device_id": device_id,
        "approved": approved(book.word("upload_state"), acknowledged_ms),
        "readings_uploaded": book.count("readings_uploaded"),
        "readings_acknowledged": book.count("readings_acknowledged"),
        "newest_acknowledged": from_ms(acknowledged_ms).isoformat() if acknowledged_ms else None,
        "pending": pending,
        "backlog": pending if slot is None else book.pending_count(due_now(slot, now_ms)),
        "rejected": book.rejected_count(),
        "clock_offset_s": float(offset) if offset else None,
        "next_slot": next_slot_text(slot, now_ms),
    }


def approved(state: str, acknowledged_ms: int) -> bool | None:
    """Tell whether the platform has approved the device: it takes data, or refuses; ``None`` when not known yet."""
    if state == "refused":
        return False
    return True if acknowledged_ms else None


def warnings(plan: EdgePlan, state: dict[str, Any]) -> list[str]:
    """Give what a person should mend, in both languages."""
    found = []
    two = [to.profile for to in plan.destinations.values() if to.profile.second_destination]
    if two and len(plan.destinations) == 1:
        found.append(
            f"「{two[0].title_zh}」要求同时上传两个平台，只配置了一个（NHJC-06） / "
            f"profile {two[0].name} requires two destinations, one is configured (NHJC-06)"
        )
    found += [text for to in plan.destinations.values() if to.dialect == "B" for text in _dialect_b(plan, to)]
    for each in state["destinations"]:
        offset = each["clock_offset_s"]
        if offset is not None and abs(offset) > LIMIT_S:
            found.append(
                f"{each['id']}: 平台时钟与本机相差 {offset:+.0f} 秒，请校准本机时钟 / "
                f"the platform's clock is {offset:+.0f} s from ours: synchronise this machine's clock"
            )
    return found


def _dialect_b(plan: EdgePlan, to: DestinationPlan) -> list[str]:
    """Say what a platform of dialect B will not get, and why."""
    found = []
    if not to.section.form:
        found.append(
            f"{to.id}: 没有 [destination.form]，不会提交注册申请；平台尚未登记本单位时将拒绝口令 / "
            "no [destination.form], so no application is sent; a platform that does not know us refuses the password"
        )
    if unsent := unsent_instruments(plan):
        found.append(
            f"{to.id}: 计量器具 {'、'.join(unsent)} 不上传：manage_code 应为类型 8 位、级别 1 位、序号 3 位 / "
            f"instruments of {', '.join(unsent)} are not sent: manage_code has to be type (8), level (1), number (3)"
        )
    return found


def write_json(path: Path, state: dict[str, Any]) -> None:
    """Write a state so that a reader never sees half a file."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def report(plan: EdgePlan, ledger: Ledger, now_ms: int) -> str:
    """Give the state as text for a person: figures, destinations, the newest rejections and problems."""
    state = snapshot(plan, ledger, now_ms)
    destinations = state.pop("destinations")
    lines = [f"{key}: {value}" for key, value in state.items() if not key.startswith(("upload_", "device_"))]
    lines += ["", *_table(destinations)]
    said = ((each["id"], each["upload_message"].replace("\n", " / ")) for each in destinations)
    lines += [f"  {name}: {message}" for name, message in said if message]
    told = warnings(plan, {"destinations": destinations})
    if told:
        lines += ["", "请处理 / to mend:", *(f"  {text}" for text in told)]
    return "\n".join([*lines, *_rejected(ledger), *_problems(ledger)])


_TITLES = (
    ("目的地", "状态", "已审核", "最新确认日", "到期未确认", "等待", "拒收", "时钟差 [s]", "下次时点", "设备"),
    ("destination", "state", "approved", "newest day", "backlog", "waiting", "rejected", "clock [s]", "slot", "device"),
)  # fmt: skip


def _table(destinations: list[dict[str, Any]]) -> list[str]:
    rows = [*_TITLES, *(_cells(each) for each in destinations)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Give the columns that a text takes on a terminal: two for a Chinese character."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _cells(each: dict[str, Any]) -> tuple[str, ...]:
    offset = each["clock_offset_s"]
    return (
        each["id"], each["upload_state"], {True: "yes", False: "no", None: "-"}[each["approved"]],
        (each["newest_acknowledged"] or "-")[:10], str(each["backlog"]), str(each["pending"]), str(each["rejected"]),
        "-" if offset is None else f"{offset:+.1f}", each["next_slot"], each["device_id"] or "-",
    )  # fmt: skip


def _rejected(ledger: Ledger) -> list[str]:
    found = ledger.connection.execute(sql("rejected"), {"size": SHOWN}).fetchall()
    if not found:
        return []
    lines = [
        f"  {to} {code} statType {s}: {count} × {why} ({_minute(first)} – {_minute(last)})"
        for to, code, s, count, first, last, why in found
    ]
    return ["", "被平台拒收 / rejected by a platform:", *lines]


def _minute(instant_ms: int) -> str:
    return from_ms(instant_ms).strftime("%Y-%m-%d %H:%M")


def _problems(ledger: Ledger) -> list[str]:
    lines = []
    for title, table in (("采集与时钟问题 / problems", "problem"), ("数据发现 / findings", "finding")):
        rows = ledger.connection.execute(
            f"SELECT at_ms, place, message_zh, message_en FROM {table} ORDER BY at_ms DESC LIMIT ?",  # noqa: S608
            (SHOWN,),
        ).fetchall()
        if rows:
            lines += ["", f"{title}:"]
            lines += [f"  {from_ms(at):%Y-%m-%d %H:%M:%S} {where}: {zh} / {en}" for at, where, zh, en in rows]
    return lines
