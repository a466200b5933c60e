"""The edge speaks dialect B with a real hub in a process of its own: what it kept is what the plant used."""

from __future__ import annotations

import base64
import threading
import time

import pytest

from .drive import DAY_MS, START_MS, Plant

CODE = "91330000TEST000012"
DESTINATION = """
[[destination]]
id = "yunnan"
register_url = "{url}"
enterprise_code = "91330000TEST000012"
region_code = "330100"
profile = "yunnan"
slot = "immediately"
retry_max_s = 0.3
pin_file = "pin"
{more}
[destination.form]
address = "昆明市1号"
zipCode = "650000"
corporationName = "张三"
license = "licence.png"
registerAddress = "昆明市"
registerDate = "2010-05-01"
registerPrincipal = "1000"
fieldCode = "100"
fax = "0871-1"
email = "a@b.cn"
productionLine = "一条"
leadingProduct = "钢材"
"""
PROCESS = """
[[process]]
code = "01"
name = "轧钢"
[[process_unit]]
code = "01"
name = "一号轧机"
process_code = "01"
"""
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUg==")


@pytest.fixture(scope="module")
def initialised(new_hub):
    hub = new_hub(NENGHAO_YUNNAN_TOKEN_S="2", NENGHAO_CHECKS="0")
    hub.command(
        "create-enterprise", CODE, "--name", "测试钢厂", "--region", "330100", "--industry", "C31", "--any-code"
    )
    return hub


@pytest.fixture(scope="module")
def hub(initialised):
    return initialised.start()


def write_plant(folder, hub, *, more="", meters=1, lists=PROCESS):
    (folder / "pin").write_text("135246\n")
    (folder / "licence.png").write_bytes(PNG)
    return Plant.open(folder, lists + DESTINATION.format(url=f"{hub.url}/YNEnergy", more=more), meters=meters)


def test_the_whole_conversation_with_tokens_that_die_and_a_hub_that_is_killed(hub, tmp_path):
    plant = write_plant(tmp_path, hub, meters=2)
    book = plant.ledger.book("yunnan")
    plant.count(START_MS, START_MS + 2 * DAY_MS)

    # The form waits for the officer: nothing is acknowledged until then.
    plant.upload(lambda: book.word("upload_state") == "refused")
    assert "尚未审核" in book.word("upload_message")
    hub.approve_waiting()
    tokens = set()

    def configured():
        tokens.add(book.word("token"))
        return book.count("readings_acknowledged") > 50

    plant.upload(configured)

    # Killed in the middle, started again: what was acknowledged is there, the rest is sent again.
    hub.kill()
    acknowledged = book.count("readings_acknowledged")
    restart = threading.Timer(0.5, hub.start)
    restart.start()
    time.sleep(2.1)  # the token dies meanwhile
    plant.upload(lambda: tokens.add(book.word("token")) or not book.has_pending(), timeout_s=90)
    restart.join()
    assert book.count("readings_acknowledged") >= acknowledged
    assert len(tokens - {""}) > 1
    assert book.rejected_count() == 0
    assert "135246" not in str(book.words(""))

    # A change is an update, a removal a deletion; the numbers stay with the ledger.
    indexes = book.words("index:")
    assert len(indexes) == 1 + 1 + 2 * 3
    plant.ledger.close()
    renamed = write_plant(tmp_path, hub, meters=1, lists=PROCESS.replace("轧钢", "热轧"))
    renamed.count(START_MS + 2 * DAY_MS, START_MS + 2 * DAY_MS + DAY_MS // 4)
    renamed.upload(lambda: not renamed.ledger.book("yunnan").word("index:dataCollectConfigure:0000000002330011:1")
                   and not renamed.ledger.book("yunnan").has_pending())  # fmt: skip
    after = renamed.ledger.book("yunnan").words("index:")
    same = "index:processConfigure:01"
    assert after[same].split(" ")[0] == indexes[same].split(" ")[0]
    assert after[same] != indexes[same]
    renamed.ledger.close()
    hub.stop()

    kept = {(row.data_code, row.stat_type, str(row.start)): row.value for row in hub.readings()}
    for number, code in ((1, "00-00-0000-023300-10"), (2, "00-00-0000-023300-11")):
        for day in (4, 5):
            assert kept[code, 1, f"2026-03-{day:02d} 00:00:00"] == pytest.approx(96.0 * number, rel=1e-12)
            quarters = [value for key, value in kept.items() if key[:2] == (code, 0) and key[2][8:10] == f"{day:02d}"]
            assert quarters == pytest.approx([float(number)] * 96, rel=1e-12)
    assert {row["name"] for row in hub.table("registry_process")} == {"热轧"}
    active = {row["data_code"]: row["active"] for row in hub.table("registry_dataitem")}
    assert active == {"00-00-0000-023300-10": 1, "00-00-0000-023300-11": 0}
    assert len(hub.table("yunnan_application")) == 1
    assert {row["agrees"] for row in hub.table("yunnan_statedcoefficient")} == {1}
