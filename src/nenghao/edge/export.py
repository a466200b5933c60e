"""Export of the ledger as CSV: samples or intervals of a span of time."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Literal

from nenghao.edge.config import EdgePlan
from nenghao.edge.ledger import KINDS, Ledger
from nenghao.periods import from_ms, to_ms
from nenghao.protocol import WireState
from nenghao.reference import library

Table = Literal["samples", "intervals"]

_SAMPLES = (
    "SELECT meter_id, ts_ms, received_at_ms, register, segment FROM sample JOIN meter USING (meter_no) "
    "WHERE ts_ms >= ? AND ts_ms < ? ORDER BY meter_id, ts_ms, received_at_ms"
)
_INTERVALS = (
    "SELECT meter_id, kind, start_ms, value, state FROM interval JOIN meter USING (meter_no) "
    "WHERE start_ms >= ? AND start_ms < ? ORDER BY meter_id, kind, start_ms"
)


def export(plan: EdgePlan, ledger: Ledger, table: Table, *, start: datetime, end: datetime, out: Path) -> int:
    """Write ``[start, end)`` of a table to ``out`` (UTF-8 with BOM, as spreadsheets want it); give the row count."""
    span = (to_ms(start), to_ms(end))
    units = {
        m.section.id: (m.section.unit, library().energy_type(m.section.energy).base_unit) for m in plan.meters.values()
    }
    count = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        if table == "samples":
            writer.writerow(["meter", "time", "received_at", "register", "unit", "segment"])
            for meter, ts, received, register, segment in ledger.connection.execute(_SAMPLES, span):
                stamps = (from_ms(ts).isoformat(), from_ms(received).isoformat())
                writer.writerow([meter, *stamps, register, units.get(meter, ("", ""))[0], segment])
                count += 1
            return count
        writer.writerow(["meter", "period", "period_start", "value", "unit", "state"])
        for meter, kind, at, value, state in ledger.connection.execute(_INTERVALS, span):
            unit = units.get(meter, ("", ""))[1]
            writer.writerow([meter, KINDS[kind].value, from_ms(at).isoformat(), value, unit, WireState(state).word])
            count += 1
    return count
