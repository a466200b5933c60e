"""Live collection from a real Modbus TCP simulator process, on a shared accelerated clock."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta

import psutil

from nenghao.cli.demo.children import free_port
from nenghao.periods import BEIJING

from .conftest import ELECTRICITY, STEEL, edge_process, steel_days
from .test_upload import wait_until

SIMULATOR = """
[server]
port = {port}
{clock}
[[meter]]
unit_id = 1
template = "acrel-dtsd1352"
[meter.csv]
csv = "{csv}"
column = "Usage_kWh"
date_format = "%d/%m/%Y %H:%M"
stamp = "end"
midnight = "same_date"
decimals = 2

[[meter]]
unit_id = 2
template = "schneider-pm5xxx"
modulus = 100.0
[meter.profile]
start = 2018-01-01
mean_per_hour = 80.0
noise_ratio = 0.1
days = 30
"""
CLOCK = """
[clock]
base = {base}
epoch = {epoch}
rate = {rate}
"""
EDGE = """
[[connection]]
id = "panel"
host = "127.0.0.1"
port = {port}
{clock}
[[meter]]
id = "E1"
name = "总进线"
energy = "electricity"
unit = "kWh"
installed_at = 2018-01-01T00:00:00+08:00
live_continues = true
[meter.modbus]
connection = "panel"
unit_id = 1
template = "acrel-dtsd1352"
[meter.history]
csv = "{csv}"
column = "Usage_kWh"
date_format = "%d/%m/%Y %H:%M"
stamp = "end"
midnight = "same_date"
decimals = 2
days = 1

[[meter]]
id = "E2"
name = "转轧线"
energy = "electricity"
unit = "kWh"
modulus = 100.0
installed_at = {base}
[meter.modbus]
connection = "panel"
unit_id = 2
template = "schneider-pm5xxx"

[[item]]
name = "全厂电力"
data_code = "00-00-0000-023300-10"
meters = ["E1"]
[[item]]
name = "轧线"
data_code = "01-00-0000-023300-10"
scope = 2
meters = ["E2"]
"""


def test_history_then_live_at_600_times(platform, write_config, tmp_path):
    port, rate = free_port(), 600.0
    epoch = datetime.now(BEIJING) + timedelta(seconds=6)
    clock = CLOCK.format(base="2018-01-02T00:00:00+08:00", epoch=epoch.isoformat(), rate=rate)
    (tmp_path / "sim.toml").write_text(SIMULATOR.format(port=port, clock=clock, csv=STEEL))
    simulator = subprocess.Popen(
        [sys.executable, "-m", "nenghao.cli", "simulator", "--config", str(tmp_path / "sim.toml")]
    )
    config = write_config(EDGE.format(port=port, clock=clock, csv=STEEL, base="2018-01-02T00:00:00+08:00"))
    process = edge_process(config, "--status-json", str(tmp_path / "s.json"))
    hours = {(ELECTRICITY, "0", f"2018-01-02 {h:02d}:{m:02d}:00") for h in range(1, 5) for m in (0, 15, 30, 45)}

    def rolled():
        return [r for (code, stat, _), r in [*platform.records.items()] if code.startswith("01-") and stat == "0"]

    try:  # a stall of seconds is a quarter-hour here, which the second meter may miss
        wait_until(lambda: hours <= set(platform.records) and len(rolled()) >= 14, 120)
        memory = psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        simulator.terminate()
        _, err = process.communicate(timeout=60)
        assert simulator.wait(timeout=60) == 0
    assert process.returncode == 0, err
    assert memory < 150
    day = platform.days_kwh(ELECTRICITY)["2018-01-01"]
    assert abs(day - float(steel_days()["2018-01-01"])) < 1e-6
    live = [float(platform.records[key]["dataValue"]) * 1e4 for key in sorted(hours)]
    assert all(1 < kwh < 10 for kwh in live)
    assert abs(sum(live) - recorded_kwh("02/01/2018", range(1, 5))) < 1.5
    assert json.loads((tmp_path / "s.json").read_text())["history_done"] is True
    assert all(0.0005 < float(r["dataValue"]) < 0.004 for r in rolled())


def recorded_kwh(day, hours):
    pattern = re.compile(rf"^{day} (\d\d):(\d\d),([^,]+)")
    total = 0.0
    for line in STEEL.read_text("utf-8-sig").splitlines():
        found = pattern.match(line)
        if found:
            ends_at = int(found[1]) * 60 + int(found[2])
            if hours[0] * 60 < ends_at <= (hours[-1] + 1) * 60:
                total += float(found[3])
    return total


def test_a_silent_meter_is_told_and_the_edge_goes_on(platform, write_config, tmp_path):
    clock = CLOCK.format(base="2018-01-02T00:00:00+08:00", epoch=datetime.now(BEIJING).isoformat(), rate=900)
    process = edge_process(
        write_config(EDGE.format(port=free_port(), clock=clock, csv=STEEL, base="2018-01-02T00:00:00+08:00"))
    )
    wait_until(lambda: len(platform.records) == 97)
    time.sleep(2)
    process.terminate()
    assert process.wait(timeout=60) == 0
    status = subprocess.run(
        [sys.executable, "-m", "nenghao.cli", "edge", "status", "--config", str(tmp_path / "edge.toml")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "no-answer" in status.stdout


def test_the_edge_loads_nothing_heavy():
    program = (
        "import sys, nenghao.cli.main as main\n"
        "main.build('edge')\n"
        "import nenghao.edge.process\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'django', 'duckdb', 'pyarrow', 'pandas', 'openpyxl'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
