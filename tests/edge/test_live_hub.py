"""The edge and a real hub in a process of its own: upload in the national dialect, and recovery of the ledger."""

from __future__ import annotations

from datetime import datetime

import pytest

from nenghao.edge.recovery import recover_all
from nenghao.edge.status import snapshot
from nenghao.errors import NenghaoError

from .drive import DAY_MS, START_MS, Plant

CODE = "91330000TEST000012"
DESTINATION = """
[[destination]]
id = "province"
register_url = "http://127.0.0.1:{port}/nhjc/register"
enterprise_code = "91330000TEST000012"
region_code = "330100"
slot = "immediately"
retry_max_s = 0.3
"""
MARCH = {"start": datetime(2026, 3, 1), "end": datetime(2026, 4, 1)}


@pytest.fixture(scope="module")
def hub(new_hub):
    made = new_hub(NENGHAO_CHECKS="0")
    made.command(
        "create-enterprise", CODE, "--name", "测试钢厂", "--region", "330100", "--industry", "C31", "--any-code"
    )
    return made.start()


def test_the_ledger_is_lost_and_comes_back_from_the_hub(hub, tmp_path):
    where = DESTINATION.format(port=hub.port)
    plant = Plant.open(tmp_path, where, meters=2)
    plant.count(START_MS, START_MS + 3 * DAY_MS)
    book = plant.ledger.book("province")
    plant.upload(lambda: book.word("upload_state") == "refused")
    assert snapshot(plant.plan, plant.ledger, plant.now_ms)["destinations"][0]["approved"] is False
    assert book.rejected_count() == 0
    assert len(book.word("sign_key")) == 64  # everything from here on is signed, and the hub lets no unsigned call by
    hub.approve_waiting()
    plant.upload()
    state = snapshot(plant.plan, plant.ledger, plant.now_ms)["destinations"][0]
    assert (state["approved"], state["rejected"], state["pending"]) == (True, 0, 0)
    assert abs(state["clock_offset_s"]) < 2
    before = plant.ledger.connection.execute("SELECT item_no, kind, start_ms, value, state FROM outbox").fetchall()
    first_device = book.word("device_id")

    plant.ledger.close()
    for file in tmp_path.glob("edge.sqlite3*"):
        file.unlink()
    plant = Plant.open(tmp_path, where, meters=2)
    with pytest.raises(NenghaoError, match="refused"):
        list(recover_all(plant.plan, plant.ledger, **MARCH))
    hub.approve_waiting()
    (found,) = recover_all(plant.plan, plant.ledger, **MARCH)
    assert (found.taken, found.differing, found.made_there, found.not_configured) == (3 * 97 * 2, 0, 0, {})
    assert found.differences == []
    after = plant.ledger.connection.execute("SELECT item_no, kind, start_ms, value, state FROM outbox").fetchall()
    assert after == before
    book = plant.ledger.book("province")
    assert book.word("device_id") != first_device

    plant.count(START_MS + 3 * DAY_MS, START_MS + 4 * DAY_MS)
    plant.upload()
    assert book.count("readings_acknowledged") == 97 * 2
    plant.ledger.close()
    hub.stop()
    kept = hub.readings()
    assert len(kept) == 4 * 97 * 2
    for number, code in ((1, "00-00-0000-023300-10"), (2, "00-00-0000-023300-11")):
        days = [row.value for row in kept if (row.data_code, row.stat_type) == (code, 1)]
        assert days == pytest.approx([96.0 * number] * 4, rel=1e-12)
