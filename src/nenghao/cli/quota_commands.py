"""``nenghao hub quotas``: compute and show quota verdicts from the terminal, with the hub stopped."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any

import typer

from nenghao.errors import NenghaoError

quotas_app = typer.Typer(
    no_args_is_help=True, help="限额判定（平台须已停止） / quota verdicts; the hub must be stopped"
)
Month = Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="月份 / month, such as 2026-03")]


@quotas_app.command()
def refresh(
    year: Annotated[int | None, typer.Option(help="只算这一年 / this year only", min=1990, max=2099)] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部重算 / compute every verdict again")] = False,
) -> None:
    """重新判定有变化的单位 / compute the verdicts of which an account, an output or a product changed.

    The serving hub does this by itself; it is safe to repeat. What comes out the same stays the version it is.
    """
    from nenghao.cli.hub_command import setup  # noqa: PLC0415

    setup()
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.quotas import services  # noqa: PLC0415
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415

    started = time.perf_counter()
    try:
        store = get_store()
        years = [year] if year else services.years_known(store)
        if everything:
            services.forget(years=years)
        changed = services.refresh_all(store=store, now=timezone.now(), years=years)
    finally:
        close_store()
    seconds = time.perf_counter() - started
    print(f"年度 years: {', '.join(map(str, years)) or '–'}  有变化 changed: {changed}  用时 seconds: {seconds:.1f}")


@quotas_app.command()
def show(
    code: Annotated[str, typer.Argument(help="统一社会信用代码 / credit code")], month: Month,
    alone: Annotated[bool, typer.Option("--month-only", help="只看当月 / the month alone")] = False,
) -> None:  # fmt: skip
    """查看一家单位的判定 / show the verdicts of an enterprise."""
    from nenghao.cli.hub_command import setup  # noqa: PLC0415

    setup()
    from nenghao.hub.quotas import services  # noqa: PLC0415
    from nenghao.hub.quotas.models import SpanKind  # noqa: PLC0415
    from nenghao.hub.registry.models import Enterprise  # noqa: PLC0415

    enterprise = Enterprise.objects.filter(code=code).first()
    if enterprise is None:
        raise NenghaoError("enterprise-unknown", "没有这家用能单位", "there is no such enterprise", record=code)
    kind = SpanKind.MONTH if alone else SpanKind.CUMULATIVE
    rows = list(services.verdicts(enterprise_ids=[enterprise.pk], kind=kind, month=month.date()))
    for row in rows:
        _print(row)
    if not rows:
        print("没有判定 no verdicts")


def _print(row: Any) -> None:
    """Print the value, its limits from grade 1 to 3, the grade, and what keeps it from deciding."""
    value = "–" if row.compared_value is None else f"{row.compared_value:,.2f}"
    limits = " / ".join("–" if one is None else f"{one:g}" for one in (row.limit_1, row.limit_2, row.limit_3))
    print(f"{row.product.code} {row.product.name} · {row.metric}: {value} {row.unit} ({limits}) "
          f"{row.get_grade_display()} · {row.standard or '–'}")  # fmt: skip
    if row.is_unverified:
        print(f"  待核 unverified: {'; '.join(row.detail.get('unverified', ()))}")
    for finding in row.detail.get("findings", ()):
        print(f"  {finding['severity']}: {finding['message_zh']} / {finding['message_en']}")
