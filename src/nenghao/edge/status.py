"""What the edge is doing, from its ledger: for a terminal, and as JSON for a parent process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nenghao.edge.ledger import Ledger
from nenghao.periods import from_ms

SHOWN = 20


def counters(ledger: Ledger) -> dict[str, int]:
    """Give the persistent counters: records answered at least once, and records acknowledged."""
    return {key: int(ledger.word(key, "0")) for key in ("readings_uploaded", "readings_acknowledged")}


def snapshot(ledger: Ledger) -> dict[str, Any]:
    """Give the state as plain values."""
    one = ledger.connection.execute
    newest = one("SELECT MAX(ts_ms) FROM sample").fetchone()[0]
    return {
        "upload_state": ledger.word("upload_state", "not-started"),
        "upload_message": ledger.word("upload_message"),
        "device_id": ledger.word("device_id"),
        **counters(ledger),
        "pending": ledger.pending_count(),
        "rejected": one("SELECT COUNT(*) FROM outbox WHERE status = 2").fetchone()[0],
        "history_rows_read": one("SELECT COALESCE(SUM(rows_read), 0) FROM source").fetchone()[0],
        "newest_sample": from_ms(newest).isoformat() if newest is not None else None,
    }


def write_json(path: Path, state: dict[str, Any]) -> None:
    """Write a state so that a reader never sees half a file."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def report(ledger: Ledger) -> str:
    """Give the state as text for a person: the figures, the newest rejections and problems."""
    lines = [f"{key}: {value}" for key, value in snapshot(ledger).items()]
    rejected = ledger.connection.execute(
        "SELECT item.data_code, stat_type, start_ms, value, reason FROM outbox JOIN item USING (item_no) "
        "WHERE status = 2 ORDER BY start_ms DESC LIMIT ?",
        (SHOWN,),
    ).fetchall()
    if rejected:
        lines += ["", "被平台拒收 / rejected by the platform:"]
        lines += [f"  {code} statType {s} {from_ms(at):%Y-%m-%d %H:%M} {v}: {why}" for code, s, at, v, why in rejected]
    for title, table in (("采集问题 / problems", "problem"), ("数据发现 / findings", "finding")):
        rows = ledger.connection.execute(
            f"SELECT at_ms, place, message_zh, message_en FROM {table} ORDER BY at_ms DESC LIMIT ?",  # noqa: S608
            (SHOWN,),
        ).fetchall()
        if rows:
            lines += ["", f"{title}:"]
            lines += [f"  {from_ms(at):%Y-%m-%d %H:%M:%S} {where}: {zh} / {en}" for at, where, zh, en in rows]
    return "\n".join(lines)
