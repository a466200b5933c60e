"""Outbox and windows against the interval engine over everything at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.edge.config import load_config
from nenghao.edge.ledger import KINDS, Ledger, SampleRows
from nenghao.edge.process import prepare
from nenghao.edge.windows import recompute
from nenghao.intervals import SampleColumns, compute_intervals
from nenghao.periods import PeriodKind

from .conftest import CONFIG

START_MS = 1_772_553_600_000  # 2026-03-04T00:00+08:00
STEP = 900_000
PLANT = """
[[meter]]
id = "E1"
name = "总进线"
energy = "electricity"
unit = "kWh"
multiplier = 40.0
installed_at = 2026-03-04T00:00:00+08:00
[[meter]]
id = "E2"
name = "外供"
energy = "electricity"
unit = "kWh"
installed_at = 2026-03-04T06:00:00+08:00
[[item]]
name = "净用电"
data_code = "00-00-0000-023300-10"
meters = ["+E1", "-E2"]
[[item]]
name = "外供电"
data_code = "00-00-0000-023300-60"
meters = ["E2"]
stat_types = [1]
"""


def open_plant(folder, extra=PLANT):
    path = folder / "edge.toml"
    path.write_text(CONFIG.format(url="http://127.0.0.1:1", extra=extra, edge="", version_check_s=600))
    plan = load_config(path)
    ledger = Ledger(plan.ledger_path)
    prepare(plan, ledger)
    return plan, ledger


def to_province(ledger):
    return ledger.book("province")


def put(plan, ledger, meter_id, ts_ms, registers, received=None):
    ts = np.asarray(ts_ms, dtype=np.int64)
    arrived = ts if received is None else np.full(len(ts), received)
    with ledger.transaction():
        ledger.put_samples(meter_id, SampleRows(ts, arrived, np.asarray(registers, float), np.zeros(len(ts), np.int64)))
        recompute(ledger, plan.meters[meter_id], int(ts.min()), int(ts.max()))


def outbox(ledger, code, stat_type):
    found = ledger.connection.execute(
        "SELECT start_ms, value, state, outbox.version, status FROM outbox JOIN item USING (item_no) "
        "JOIN delivery USING (item_no, kind, start_ms) WHERE data_code = ? AND kind = ? ORDER BY start_ms",
        (code, {0: 0, 1: 2, 2: 3, 3: 4}[stat_type]),
    )
    return {row[0]: row[1:] for row in found}


@settings(max_examples=15, deadline=None)
@given(
    order=st.permutations(range(8)),
    lost=st.sets(st.integers(1, 250), max_size=60),
    repeat=st.integers(0, 7),
)
def test_any_order_of_arrival_gives_the_intervals_of_the_whole(tmp_path_factory, order, lost, repeat):
    plan, ledger = open_plant(tmp_path_factory.mktemp("plant"))
    kept = np.array([i for i in range(8 * 32 + 1) if i not in lost])
    registers = np.cumsum(np.random.default_rng(3).integers(1, 50, 8 * 32 + 1)) / 10
    for part in [*order, repeat]:
        own = kept[(kept >= part * 32) & (kept < (part + 1) * 32)]
        if len(own):
            put(plan, ledger, "E1", START_MS + own * STEP, registers[own], START_MS + 10 * 86_400_000)
    spec = plan.meters["E1"].spec
    newest = int(kept[kept < 8 * 32].max())
    columns = SampleColumns.of(START_MS + kept[kept < 8 * 32] * STEP, registers[kept[kept < 8 * 32]])
    for number, kind in enumerate(KINDS[:3]):
        end = START_MS + newest * STEP // (kind.seconds * 1000) * kind.seconds * 1000
        if end <= START_MS:
            continue
        want = compute_intervals(spec, columns, kind, start_ms=START_MS, end_ms=end)
        rows = ledger.connection.execute(
            "SELECT start_ms, value, state FROM interval WHERE meter_no = ? AND kind = ? ORDER BY start_ms",
            (ledger.meter_no["E1"], number),
        ).fetchall()
        assert [r[0] for r in rows] == want.period_start_ms.tolist()
        assert [r[2] for r in rows] == want.state.tolist()
        got = np.array([np.nan if r[1] is None else r[1] for r in rows])
        assert np.allclose(got, want.value, rtol=1e-9, atol=1e-9, equal_nan=True)
    ledger.close()


def test_signed_sum_waits_for_all_meters_in_service(tmp_path):
    plan, ledger = open_plant(tmp_path)
    ts = START_MS + np.arange(97) * STEP
    put(plan, ledger, "E1", ts, np.arange(97) * 1.0)
    alone = outbox(ledger, "00-00-0000-023300-10", 0)
    assert len(alone) == 24  # six hours before the second meter existed
    assert {row[0] for row in alone.values()} == {40.0}
    assert outbox(ledger, "00-00-0000-023300-10", 1) == {}
    put(plan, ledger, "E2", ts[24:], np.arange(73) * 2.0)
    both = outbox(ledger, "00-00-0000-023300-10", 0)
    assert len(both) == 96
    assert both[START_MS + 24 * STEP][0] == 38.0
    assert outbox(ledger, "00-00-0000-023300-10", 1)[START_MS][0] == 96 * 40 - 72 * 2
    assert outbox(ledger, "00-00-0000-023300-60", 1)[START_MS][0] == 144
    assert outbox(ledger, "00-00-0000-023300-60", 0) == {}


def test_equal_is_not_sent_again_changed_is(tmp_path):
    plan, ledger = open_plant(tmp_path)
    ts = START_MS + np.arange(9) * STEP
    put(plan, ledger, "E1", ts, np.arange(9) * 1.0)
    rows = to_province(ledger).pending(200, newest_first=False)
    assert [r.version for r in rows] == [1] * 8
    to_province(ledger).settle(rows, {3: "不认识"})
    assert to_province(ledger).pending_count() == 0
    assert not to_province(ledger).has_pending()
    put(plan, ledger, "E1", ts, np.arange(9) * 1.0, received=START_MS + 10**8)
    assert to_province(ledger).pending_count() == 0
    put(plan, ledger, "E1", ts[5:6], [5.25], received=START_MS + 2 * 10**8)
    changed = to_province(ledger).pending(200, newest_first=True)
    assert [(r.start_ms, r.value, r.version) for r in changed] == [
        (int(ts[4]), 50.0, 2),
        (int(ts[5]), 30.0, 2),
    ]
    to_province(ledger).retry_rejected()
    assert to_province(ledger).pending_count() == 3
    assert to_province(ledger).has_pending()
    assert (to_province(ledger).word("readings_uploaded"), to_province(ledger).word("readings_acknowledged")) == (
        "8",
        "7",
    )


def test_acknowledgement_of_an_old_version_leaves_the_new_one_pending(tmp_path):
    plan, ledger = open_plant(tmp_path)
    ts = START_MS + np.arange(3) * STEP
    put(plan, ledger, "E1", ts, [0.0, 1.0, 2.0])
    in_flight = to_province(ledger).pending(200, newest_first=False)
    put(plan, ledger, "E1", ts[1:2], [1.5], received=START_MS + 10**8)
    to_province(ledger).settle(in_flight, {})
    assert [r.version for r in to_province(ledger).pending(200, newest_first=False)] == [2, 2]


def test_gap_is_filled_when_its_end_is_seen(tmp_path):
    plan, ledger = open_plant(tmp_path)
    put(plan, ledger, "E1", [START_MS, START_MS + STEP], [0.0, 1.0])
    put(plan, ledger, "E1", [START_MS + 6 * STEP], [11.0])
    rows = outbox(ledger, "00-00-0000-023300-10", 0)
    assert len(rows) == 6
    assert [row[1] for row in rows.values()] == [0, 1, 1, 1, 1, 1]
    assert abs(sum(row[0] for row in rows.values()) - 440) < 1e-9


def test_new_item_gets_the_past(tmp_path):
    plan, ledger = open_plant(tmp_path)
    put(plan, ledger, "E1", START_MS + np.arange(97) * STEP, np.arange(97) * 1.0)
    ledger.close()
    more = '[[item]]\nname = "进线"\ndata_code = "00-00-0000-023300-11"\nmeters = ["E1"]\nstat_types = [1]\n'
    _, ledger = open_plant(tmp_path, PLANT + more)
    assert outbox(ledger, "00-00-0000-023300-11", 1) == {START_MS: (3840.0, 0, 1, 0)}


def test_old_data_is_pruned_but_never_what_was_not_acknowledged(tmp_path):
    plan, ledger = open_plant(tmp_path)
    put(plan, ledger, "E1", START_MS + np.arange(9) * STEP, np.arange(9) * 1.0)
    to_province(ledger).settle(to_province(ledger).pending(4, newest_first=False), {})
    late = START_MS + 500 * 86_400_000
    put(plan, ledger, "E1", [late], [100.0])
    waiting = to_province(ledger).pending_count()
    ledger.prune(400)
    one = ledger.connection.execute
    assert one("SELECT COUNT(*) FROM sample").fetchone()[0] == 1
    assert to_province(ledger).pending_count() == waiting
    assert one("SELECT COUNT(*) FROM delivery WHERE status = 1").fetchone()[0] == 0


def test_kinds_are_those_on_disk():
    kinds = (PeriodKind.QUARTER_HOUR, PeriodKind.HOUR, PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR)
    assert kinds == KINDS
