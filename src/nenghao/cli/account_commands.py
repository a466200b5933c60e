"""``nenghao hub accounts``: compute and show month accounts from the terminal, with the hub stopped."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Annotated

import typer

from nenghao.errors import NenghaoError

accounts_app = typer.Typer(
    no_args_is_help=True, help="能耗核算（平台须已停止） / month accounts; the hub must be stopped"
)
Month = Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="月份 / month, such as 2026-03")]


@accounts_app.command()
def refresh(
    everything: Annotated[bool, typer.Option("--all", help="全部重算 / compute every account again")] = False,
) -> None:
    """重算有变化的月度核算 / compute the accounts of which something changed.

    The serving hub does this by itself; it is safe to repeat.
    """
    from nenghao.cli.hub_command import setup  # noqa: PLC0415

    setup()
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.energy_accounts import computing  # noqa: PLC0415
    from nenghao.hub.registry.models import Enterprise  # noqa: PLC0415
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415
    from nenghao.readings.accounts import known_months, mark_stale  # noqa: PLC0415

    started = time.perf_counter()
    try:
        store = get_store()
        store.rollup_pending()
        computing.check_reference(store)
        if everything:
            ids = list(Enterprise.objects.values_list("pk", flat=True))
            mark_stale(store, known_months(store, enterprise_ids=ids, start=date(1990, 1, 1), until=None))
        done = computing.refresh(store=store, now=timezone.now())
    finally:
        close_store()
    seconds = time.perf_counter() - started
    print(f"核算 computed: {done.computed}  有变化 changed: {done.changed}  用时 seconds: {seconds:.1f}")


@accounts_app.command()
def show(
    code: Annotated[str, typer.Argument(help="统一社会信用代码 / credit code")], month: Month
) -> None:  # fmt: skip
    """查看一家单位一个月的核算 / show the account of an enterprise's month."""
    from nenghao.cli.hub_command import setup  # noqa: PLC0415

    setup()
    from nenghao.hub.energy_accounts.services import account_of  # noqa: PLC0415
    from nenghao.hub.energy_accounts.sources import month_after  # noqa: PLC0415
    from nenghao.hub.registry.models import Enterprise  # noqa: PLC0415
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415

    enterprise = Enterprise.objects.select_related("region").filter(code=code).first()
    if enterprise is None:
        raise NenghaoError("enterprise-unknown", "没有这家用能单位", "there is no such enterprise", record=code)
    try:
        found = account_of(store=get_store(), enterprise=enterprise, start=month.date(), end=month_after(month.date()))
    finally:
        close_store()
    for energy in found.energies:
        net = "–" if energy.net is None else f"{energy.net:,.2f}"
        tce = "–" if energy.tce_calorific is None else f"{energy.tce_calorific:,.3f}"
        print(f"{energy.energy_key:24} {net:>18} {energy.unit:4} {tce:>14} tce  {energy.method}")
    equivalent = "–" if found.tce_equivalent is None else f"{found.tce_equivalent:,.3f}"
    print(f"当量 calorific: {found.tce_calorific:,.3f} tce  等价 equivalent: {equivalent} tce")
    for finding in found.findings:
        print(f"{finding.severity.name.lower()}: {finding.message_zh} / {finding.message_en}")
