"""``nenghao hub quotas``: what is stale is computed, and shown with its limits."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nenghao.cli import quota_commands
from nenghao.errors import NenghaoError
from nenghao.hub.quotas.tests.conftest import ClinkerPlant
from nenghao.hub.store import close_store

MARCH = date(2026, 3, 1)


def test_the_commands_compute_and_show(store, codes, capsys):
    plant = ClinkerPlant(store, "370612", 1)
    plant.month(MARCH, kwh=400_000.0, coal_t=1000.0, clinker_t=7000.0)  # 763.46 tce
    close_store()
    quota_commands.refresh(year=None, everything=True)
    assert "years: 2026  有变化 changed: 6" in capsys.readouterr().out
    quota_commands.refresh(year=2026, everything=False)
    assert "changed: 0" in capsys.readouterr().out
    quota_commands.show(plant.enterprise.code, datetime(2026, 3, 1))
    shown = capsys.readouterr().out
    assert "109.07 kgce/t (100 / 107 / 117) 3 级（限定） · GB 16780-2021" in shown
    with pytest.raises(NenghaoError):
        quota_commands.show("91000000", datetime(2026, 3, 1))
