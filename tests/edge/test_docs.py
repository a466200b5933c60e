"""The full example of docs/edge.md is read by the program."""

from __future__ import annotations

import re
from pathlib import Path

from nenghao.drivers.modbus_simulator import SimulatorConfig
from nenghao.drivers.toml_file import load_toml
from nenghao.edge.config import load_config

PAGE = Path(__file__).resolve().parents[2] / "docs/edge.md"


def test_examples(tmp_path):
    edge, simulator = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "edge.toml").write_text(edge)
    (tmp_path / "sim.toml").write_text(simulator)
    plan = load_config(tmp_path / "edge.toml")
    assert len(plan.meters["E1"].spec.events) == 2
    assert [(to.id, to.realtime, to.section.enterprise_code) for to in plan.destinations.values()] == [
        ("province", "15min", "91330000XXXXXXXXXX"),
        ("nation", "15min", "91330000XXXXXXXXXX"),
    ]
    assert [m.unit_id for m in load_toml(tmp_path / "sim.toml", SimulatorConfig).meter] == [1, 2]
