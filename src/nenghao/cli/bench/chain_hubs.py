"""Hubs of a chain as processes, and what their files hold, for the measurement and the tests."""

from __future__ import annotations

from pathlib import Path

import duckdb

from nenghao.cli.demo.hub_process import HubProcess

TODAY_COMPARED_AT = "00:00"


class ChainHub(HubProcess):
    """A hub of a level that forwards or is forwarded to; its days may be compared at any time of the day."""

    def __init__(self, folder: Path, level: str, *, name: str = "") -> None:
        more = {"NENGHAO_LEVEL": level, "NENGHAO_CHECKS": "0", "NENGHAO_CHAIN_COMPARE_AT": TODAY_COMPARED_AT}
        super().__init__(folder, name=name or level, environment=more, options=("--threads", "16"))

    def totals(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        """Give quantity and tce by region, energy and day from the rollups; the hub has stopped."""
        regions = dict(self.ask("SELECT id, region_id FROM registry_enterprise"))
        found: dict[tuple[str, str, str], tuple[float, float]] = {}
        with duckdb.connect(str(self.folder / "readings.duckdb"), read_only=True) as connection:
            rows = connection.execute("""
                SELECT enterprise_id, energy_key, strftime(period_start, '%Y-%m-%d'), quantity, tce
                FROM rollup_enterprise WHERE period_kind = 'day' ORDER BY ALL""").fetchall()
        for pk, energy, day, quantity, tce in rows:
            key = (regions[pk], energy, day)
            before = found.get(key, (0.0, 0.0))
            found[key] = (before[0] + (quantity or 0.0), before[1] + (tce or 0.0))
        return found
