"""The demonstration as a user runs it: headless to JSON, live through Modbus, with pages until Ctrl-C."""

import csv
import json
import signal
import subprocess
import sys
import time
import urllib.request

import duckdb
import pytest

from nenghao.cli.demo import plant
from nenghao.cli.demo.children import free_port

DEMO = [sys.executable, "-m", "nenghao.cli", "demo"]


def source_days(count):
    with plant.RECORDING.open(encoding="utf-8-sig", newline="") as file:
        usage = [float(row["Usage_kWh"]) for row in csv.DictReader(file)]
    return [sum(usage[start : start + 96]) for start in range(0, count * 96, 96)]


def run_headless(folder, *options):
    result = folder / "result.json"
    done = subprocess.run([*DEMO, "--headless", "--json", str(result), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(result.read_text())


@pytest.mark.timeout(240)
def test_as_recorded_the_days_equal_the_source(tmp_path):
    result = run_headless(tmp_path, "--as-recorded", "--days", "33")
    assert result["enterprise"] == plant.ENTERPRISE_CODE
    assert result["readings_uploaded"] == result["readings_acknowledged"] == 4 * (33 * 97 + 1)
    assert [day["date"] for day in result["days"][:2]] == ["2018-01-01", "2018-01-02"]
    assert [day["electricity_kwh"] for day in result["days"]] == pytest.approx(source_days(33), abs=1e-6)
    assert {day["state"] for day in result["days"]} == {"measured"}
    for day in result["days"]:
        assert day["electricity_tce"] == pytest.approx(day["electricity_kwh"] * 0.1229 / 1000, rel=1e-9)


@pytest.mark.timeout(240)
def test_live_meters_go_on_where_the_history_ends(tmp_path):
    folder = tmp_path / "demo"
    options = ("--as-recorded", "--days", "1", "--live", "20", "--rate", "1800", "--profile", "shandong")
    result = run_headless(tmp_path, *options, "--data-dir", str(folder))
    assert result["days"][0]["electricity_kwh"] == pytest.approx(source_days(1)[0], abs=1e-6)
    with duckdb.connect(str(folder / "hub" / "readings.duckdb"), read_only=True) as store:
        live, energies = store.execute(
            "SELECT count(*), count(DISTINCT data_item_id) FROM reading "
            "WHERE stat_type = 0 AND period_start >= '2018-01-02' AND value > 0"
        ).fetchone()
    assert energies == 4
    assert live >= 4 * 8


@pytest.mark.timeout(240)
def test_with_pages_until_ctrl_c(tmp_path):
    port = free_port()
    demo = subprocess.Popen(
        [*DEMO, "--days", "2", "--port", str(port), "--data-dir", str(tmp_path / "demo")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=30) as page:
            assert page.status == 200
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
    assert demo.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    for account in ("province", "city", "manager", "operator"):
        assert account in said
    assert_nothing_listens(port)


def assert_nothing_listens(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
        except OSError:
            return
        time.sleep(0.2)
    raise AssertionError("a process of the demonstration still answers")


def test_a_folder_with_other_things_is_never_emptied(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    done = subprocess.run([*DEMO, "--headless", "--data-dir", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "不会清空" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep me"
