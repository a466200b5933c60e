"""Builds the synthetic province into the hub of ``NENGHAO_DATA_DIR``.

Run as a program in the platform's environment: ``python -m nenghao.cli.demo.province.build '{"enterprises": 200, …}'``.
Says what it does on standard error, and prints what it made as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nenghao.cli.demo.province.generate import Province, generate
from nenghao.cli.demo.province.truth import write_truth
from nenghao.periods import BEIJING

if TYPE_CHECKING:
    from nenghao.cli.demo.province.load_registry import Registered
    from nenghao.readings import ReadingStore

LEAST_LEAD = timedelta(hours=8)
"""The last day ended at least this long ago, so that every gateway has sent it."""


def last_day(now: datetime) -> date:
    """Give the newest day of which all uploads have had their time to arrive."""
    return (now.astimezone(BEIJING) - LEAST_LEAD).date() - timedelta(days=1)


class Steps:
    """Times the steps of a build and tells them on standard error."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._started = time.perf_counter()
        self._running = ("", self._started)

    def run(self, name: str, label: str, work: Callable[[], Any]) -> Any:
        """Do one step."""
        self.start(name, label)
        done = work()
        self.stop()
        return done

    def start(self, name: str, label: str) -> None:
        """Begin a step that ends with :meth:`stop`."""
        print(f"{label} …", file=sys.stderr, flush=True)
        self._running = (name, time.perf_counter())

    def stop(self) -> None:
        """End the step that runs."""
        name, started = self._running
        self.seconds[name] = round(time.perf_counter() - started, 2)

    @property
    def total(self) -> float:
        """Seconds since the start."""
        return round(time.perf_counter() - self._started, 2)


def build(*, enterprises: int, seed: int, last: date, days: int, now: datetime, plain: bool = False) -> dict[str, Any]:
    """Make the province and load it; gives counts and seconds of each step.

    ``plain`` leaves out what people did about the faults: the data and the checks alone.
    """
    steps = Steps()
    steps.run("init", "建库 database", _init)
    province: Province = steps.run(
        "generate", "生成 generating",
        lambda: generate(enterprises=enterprises, seed=seed, last=last, days=days),
    )  # fmt: skip
    counts = _load(province, now, steps, plain=plain)
    from django.conf import settings  # noqa: PLC0415

    write_truth(Path(settings.NENGHAO_DATA_DIR), province.faults, province.facts)
    return {
        "synthetic": True, **province.facts, **counts, "faults": sum(bool(f.check_code) for f in province.faults),
        "seconds": steps.seconds, "total_s": steps.total,
    }  # fmt: skip


def _init() -> None:
    from django.core.management import call_command  # noqa: PLC0415

    from nenghao.hub.registry.codes import seed_codes  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    seed_codes()


def _load(province: Province, now: datetime, steps: Steps, *, plain: bool) -> dict[str, Any]:
    """Put everything into the registry, the store and the apps; ``plain``: without what people did about it."""
    from django.conf import settings  # noqa: PLC0415

    from nenghao.cli.demo.province import load_quality as quality  # noqa: PLC0415
    from nenghao.cli.demo.province.accounts import load_accounts  # noqa: PLC0415
    from nenghao.cli.demo.province.load_access import load_access  # noqa: PLC0415
    from nenghao.cli.demo.province.load_energy_accounts import compute, load_energy_accounts  # noqa: PLC0415
    from nenghao.cli.demo.province.load_evidence import load_evidence  # noqa: PLC0415
    from nenghao.cli.demo.province.load_production import load_production  # noqa: PLC0415
    from nenghao.cli.demo.province.load_readings import load_readings  # noqa: PLC0415
    from nenghao.cli.demo.province.load_registry import load_registry  # noqa: PLC0415
    from nenghao.cli.demo.province.load_targets import load_year_before  # noqa: PLC0415
    from nenghao.hub.store import FILE_NAME  # noqa: PLC0415
    from nenghao.readings import ReadingStore  # noqa: PLC0415

    made: dict[str, int] = {}
    registered = steps.run("registry", "登记 registry", lambda: load_registry(province.plan, province.books, now))
    accounts = steps.run("accounts", "账号 accounts", lambda: load_accounts(province.plan, now))
    steps.run("evidence", "凭证台账 ledgers", lambda: load_evidence(province.books, registered, now))
    steps.run("production", "产品产量产值 production", lambda: load_production(province, registered, now))
    steps.run("year-before", "上年台账 last year's ledgers", lambda: load_year_before(province, registered, now))
    steps.run("flows", "能源流向与规则 flows", lambda: load_energy_accounts(province, registered, now))
    tickets = steps.run("access", "接入与工单 access", lambda: load_access(province, registered, now))
    with ReadingStore.open(Path(settings.NENGHAO_DATA_DIR) / FILE_NAME) as store:
        uploads, readings = load_readings(store, province, registered, now, steps)
        steps.run("energy_accounts", "能耗核算 energy accounts", lambda: compute(store, now))
        steps.run("checks", "质量检查 checks", lambda: quality.run_checks(store, province, registered, now))
        if not plain:
            made = _people(store, province, registered, now, steps)
    return {
        "data_items": sum(len(row.items) for row in province.plan.enterprises), "uploads": uploads,
        "readings": readings, "tickets": tickets, **made,
        "accounts": {account.username: account.about for account in accounts},
    }  # fmt: skip


def _people(
    store: ReadingStore, province: Province, registered: Registered, now: datetime, steps: Steps
) -> dict[str, int]:
    """Do what officers and managers did: corrections, a closed month, quarterly documents, credit cases, targets."""
    from nenghao.cli.demo.province import load_quality as quality  # noqa: PLC0415
    from nenghao.cli.demo.province.load_analysis import load_reports  # noqa: PLC0415
    from nenghao.cli.demo.province.load_quotas import load_quotas  # noqa: PLC0415
    from nenghao.cli.demo.province.load_region_round import load_region_round  # noqa: PLC0415
    from nenghao.cli.demo.province.load_statements import load_statements  # noqa: PLC0415
    from nenghao.cli.demo.province.load_statistics import load_statistics  # noqa: PLC0415
    from nenghao.cli.demo.province.load_targets import load_assessments, load_targets  # noqa: PLC0415

    steps.start("people", "补正、封账、通报 corrections, closing, documents")
    made = {"corrections": quality.load_corrections(store, province, now)}
    quality.close_a_month(store, province, registered, now)
    made["documents"] = quality.load_documents(store, province, now)
    made["credit_cases"] = quality.load_credit(province, registered, now)
    made["statistics"] = load_statistics(province.plan.seed, now)
    made["targets"] = load_targets(store, now)
    made["quota_verdicts"] = load_quotas(store, now)
    made["situation_reports"] = load_reports(store, province, now)
    made["statements"] = load_statements(store, province, registered, now)
    made["assessments"] = load_assessments(store, now)
    made["region_assessments"] = load_region_round(store, now)
    steps.stop()
    return made


def main(arguments: list[str]) -> None:
    """Build what the JSON of the first argument asks for."""
    import django  # noqa: PLC0415 - only this program needs it

    django.setup()
    asked = json.loads(arguments[0])
    now = datetime.fromisoformat(asked["now"])
    last = date.fromisoformat(asked["last"]) if asked.get("last") else last_day(now)
    made = build(
        enterprises=asked["enterprises"], seed=asked["seed"], last=last, days=asked.get("days", 365), now=now,
        plain=asked.get("plain", False),
    )  # fmt: skip
    print(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
