"""Shared test set-up: which database, and no silent skips in continuous integration."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where every server program is installed (``NENGHAO_NO_SKIPS``), a skip is a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("NENGHAO_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may skip here: {report.longrepr}"
