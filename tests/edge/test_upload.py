"""The conversation with a platform: approval, outages, rejections, versions, what is sent."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from .conftest import ELECTRICITY, edge_process, steel_days, steel_meter
from .test_history_upload import run_until_idle

OTHER = '\n[[item]]\nname = "分项"\ndata_code = "00-00-0000-023300-11"\nmeters = ["E1"]\nstat_types = [1]\n'


def wait_until(condition, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nenghao.cli", "edge", *arguments], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_what_is_sent(platform, write_config):
    run_until_idle(write_config(steel_meter(1) + OTHER))
    (config,) = platform.configs
    assert config["deviceId"] == "ab" * 16
    assert config["enterprise"]["code"] == config["enterprise"]["corporationCode"] == "91330000TEST000012"
    assert config["enterprise"]["center"] == "false"
    rows = {(r["dataCode"], r["statType"]) for r in config["collectItemConfig"]}
    assert rows == {(ELECTRICITY, "0"), (ELECTRICITY, "1"), (ELECTRICITY, "2"), ("00-00-0000-023300-11", "1")}
    (metering,) = platform.metering
    assert {m["dataCode"] for m in metering["data"]} == {ELECTRICITY, "00-00-0000-023300-11"}
    first = platform.records[ELECTRICITY, "0", "2018-01-01 00:00:00"]
    assert first["dataValue"] == "0.000317"
    assert (first["inputType"], first["scope"], first["valid"], first["state"]) == ("4", "1", "1", "measured")
    assert platform.base_data_downloads == 1


def test_collects_while_it_waits_for_approval(platform, write_config, tmp_path):
    platform.approved = False
    config = write_config(steel_meter(3))
    process = edge_process(config, "--until-idle")
    wait_until(lambda: len(platform.configs) >= 1)
    wait_until(lambda: "设备未审核" in command("status", "--config", str(config))[1])
    assert platform.records == {}
    platform.approved = True
    assert process.wait(timeout=30) == 0
    assert len(platform.records) == 3 * 97
    assert len(platform.configs) == 1


def test_outages_are_outlived(platform, write_config):
    platform.fail_next = 4
    run_until_idle(write_config(steel_meter(2)))
    assert len(platform.records) == 2 * 97


def test_an_answer_that_got_lost_doubles_nothing(platform, write_config, tmp_path):
    platform.lose_answers = 2
    status = tmp_path / "s.json"
    run_until_idle(write_config(steel_meter(4)), "--status-json", str(status))
    assert len(platform.records) == 4 * 97
    assert platform.received == 4 * 97 + 2 * 200
    assert json.loads(status.read_text())["readings_acknowledged"] == 4 * 97


def test_shandong_encrypts_every_field(platform, write_config):
    platform.secret_key = "0123456789abcdeffedcba9876543210"
    config = write_config(steel_meter(1))
    config.write_text(config.read_text().replace("[enterprise]", 'profile = "shandong"\n[enterprise]', 1))
    run_until_idle(config)

    def plain(text):
        data = Cipher(SM4(bytes.fromhex(platform.secret_key)), modes.ECB()).decryptor().update(bytes.fromhex(text))
        return data[: -data[-1]].decode()

    values = {(plain(c), plain(s), plain(d)): plain(r["dataValue"]) for (c, s, d), r in platform.records.items()}
    assert len(values) == 24 + 1
    assert float(values[ELECTRICITY, "1", "2018-01-01 00:00:00"]) * 1e4 == pytest.approx(
        float(steel_days()["2018-01-01"]), abs=1e-6
    )


def test_a_second_edge_on_the_same_ledger_is_refused(platform, write_config):
    config = write_config(steel_meter(365), edge="chunk_days = 1")
    process = edge_process(config)
    wait_until(lambda: len(platform.records) > 0)
    code, _, err = command("--config", str(config))
    process.terminate()
    process.communicate(timeout=60)
    assert code == 2
    assert "in use by another edge" in err


def test_items_taken_out_do_not_hold_up_the_others(platform, write_config):
    platform.approved = False
    config = write_config(steel_meter(8) + OTHER.replace("[1]", "[0]"))
    process = edge_process(config)
    wait_until(lambda: "history_rows_read: 768" in command("status", "--config", str(config))[1])
    process.terminate()
    process.communicate(timeout=60)
    platform.approved = True
    run_until_idle(write_config(steel_meter(8)))
    assert len(platform.records) == 8 * 97


def test_rejected_records_stay_with_their_reason_until_something_changes(platform, write_config):
    platform.unknown_codes = {"00-00-0000-023300-11"}
    config = write_config(steel_meter(2) + OTHER)
    run_until_idle(config)
    received = platform.received
    assert len(platform.records) == 2 * 97
    run_until_idle(config)
    assert platform.received == received
    code, out, _ = command("status", "--config", str(config))
    assert code == 0
    assert "rejected: 2" in out
    assert "未知数据项" in out
    platform.unknown_codes = set()
    platform.dic_version = "2"
    run_until_idle(config, timeout=60)
    process = edge_process(config)
    wait_until(lambda: len(platform.records) == 2 * 97 + 2)
    process.terminate()
    assert process.wait(timeout=60) == 0


def test_no_platform_no_harm(write_config, platform, tmp_path):
    config = write_config(steel_meter(1))
    config.write_text(config.read_text().replace(platform.url, "http://127.0.0.1:1"))
    process = edge_process(config)
    wait_until(lambda: "waiting" in command("status", "--config", str(config))[1])
    process.terminate()
    assert process.wait(timeout=60) == 0
    _, out, _ = command("status", "--config", str(config))
    assert "pending: 97" in out


def test_export(write_config, tmp_path):
    config = write_config(steel_meter(2))
    run_until_idle(config)
    for table, rows in (("intervals", 96 + 24 + 1), ("samples", 96)):
        out = tmp_path / f"{table}.csv"
        span = ("--from", "2018-01-02", "--to", "2018-01-03", "--out", str(out), "--table", table)
        code, _, err = command("export", "--config", str(config), *span)
        assert code == 0, err
        lines = out.read_text("utf-8-sig").splitlines()
        assert len(lines) == rows + 1
    assert lines[1].startswith("E1,2018-01-02T00:00:00+08:00,")


def test_missing_row_is_not_sent_as_zero(platform, write_config, tmp_path):
    rows = [f"2026-03-04T{i // 4:02d}:{i % 4 * 15:02d},1" for i in range(96)]
    del rows[10]
    (tmp_path / "u.csv").write_text("date,kwh\n" + "\n".join(rows) + "\n")
    meter = """
[[meter]]
id = "E1"
name = "m"
energy = "electricity"
unit = "kWh"
installed_at = 2026-03-04T00:00:00+08:00
[meter.history]
csv = "u.csv"
column = "kwh"
[[item]]
name = "i"
data_code = "00-00-0000-023300-10"
meters = ["E1"]
"""
    run_until_idle(write_config(meter))
    assert len(platform.records) == 95
    assert (ELECTRICITY, "0", "2026-03-04 02:30:00") not in platform.records
    assert (ELECTRICITY, "1", "2026-03-04 00:00:00") not in platform.records


def test_the_platform_is_told_how_much_still_waits(platform, write_config):
    run_until_idle(write_config(steel_meter(20)))
    *earlier, last = platform.backlogs
    assert last == 0
    assert any(earlier)
    assert all(0 <= backlog <= platform.received - 200 * sent for sent, backlog in enumerate(earlier, start=1))
