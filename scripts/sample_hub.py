"""A hub with the sample province, served on a free port: for the browser tests and the screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nenghao.cli.demo.hub_process import HubProcess

PASSWORD = "Sample-Plant-2026"
BROWSER_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-sync", "--no-first-run", "--font-render-hinting=none", "--lang=zh-CN",
]  # fmt: skip


@contextmanager
def sample_hub(data_dir: Path) -> Iterator[str]:
    """Set up, fill and serve a hub in ``data_dir``; yields its address."""
    hub = HubProcess(data_dir, environment={"NENGHAO_ENVIRONMENT": "demo"})
    hub.command("init")
    # Then enterprises with known faults, what accounts rest on beside readings, products, statements in every state.
    for sample in ("monitoring", "quality_review", "energy_accounts", "quotas", "statements"):
        hub.python("-m", f"nenghao.hub.{sample}.tests.sample")
    try:
        yield hub.start().url
    finally:
        hub.stop()
