"""Findings page by page, while checks write others."""

from __future__ import annotations

from nenghao.hub.store import get_store

from .conftest import rows_of

ASKED = {"start": "2026-03-01", "end": "2026-04-01"}
INSERT = """
INSERT INTO quality_finding VALUES ($owner, $item, 1, $start::TIMESTAMP, $start::TIMESTAMP + INTERVAL 1 DAY, 1, $check,
    $flag, $value, NULL, $other, $energy, FALSE, 'default@1', TIMESTAMP '2026-03-20 06:00:00')
"""


def put(owner, item, day, flag, value, check="negative", other=None, energy=None):
    """Write one finding as the checks do; ``value`` tells findings apart that are otherwise alike."""
    with get_store().cursor() as cursor:
        cursor.execute(INSERT, {
            "owner": owner.pk, "item": item, "start": f"2026-03-{day:02d}", "flag": flag, "value": value,
            "check": check, "other": other, "energy": energy,
        })  # fmt: skip


def fill(owner):
    item = owner.data_items.get().pk
    put(owner, item, 4, 4, 1.0)
    put(owner, item, 3, 4, 2.0)
    put(owner, item, 3, 4, 3.0, check="spike")
    put(owner, 0, 3, 3, 4.0, check="plant-against-processes", energy="electricity")
    put(owner, 0, 3, 3, 5.0, check="plant-against-processes", energy="heat")
    put(owner, item, 3, 3, 6.0, check="repeated-series", other=7)
    put(owner, item, 3, 3, 7.0, check="repeated-series", other=8)
    put(owner, item, 2, 3, 8.0)
    put(owner, item, 9, 2, 9.0)
    return item


def test_pages_skip_and_repeat_nothing_while_checks_write(yantai, jinan, token_of, call):
    item = fill(yantai.enterprise)
    fill(jinan.enterprise)
    token = token_of(yantai.officer)
    assert [row["value"] for row in rows_of(call(token, "/findings", **ASKED))] == [float(n) for n in range(1, 10)]
    for limit in (1, 2, 4):
        found, cursor = [], ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = call(token, "/findings", **ASKED, limit=limit, **more).json()
            found += [row["value"] for row in page["rows"]]
            cursor = page["next_cursor"]
            put(yantai.enterprise, item, 31, 4, 100.0 + limit)  # the worst of all, before everything
        assert [value for value in found if value < 100] == [float(n) for n in range(1, 10)]
        with get_store().cursor() as cursor:
            cursor.execute("DELETE FROM quality_finding WHERE value >= 100")


def test_a_cursor_of_another_question_is_refused(yantai, token_of, call):
    fill(yantai.enterprise)
    token = token_of(yantai.officer)
    cursor = call(token, "/findings", **ASKED, limit=1).json()["next_cursor"]
    assert call(token, "/findings", **ASKED, flag="fail", limit=1, cursor=cursor).status_code == 422
