"""The commands of ``nenghao hub`` for the chain of platforms; docs/chain.md tells what they are for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from nenghao.errors import NenghaoError

Name = Annotated[str, typer.Argument(help="上级平台名称 / name of the platform above")]
Reason = Annotated[str, typer.Option(help="理由 / reason")]
StatTypes = Annotated[
    str, typer.Option(help="统计类型：0 实时 1 日 2 月 3 年 / statistic types of all enterprises, digits")
]
Level = Annotated[
    int | None,
    typer.Option(min=1, max=6, help="能耗等级不低于此值的单位报送实时数据 / real time from this energy consume level"),
]
Listed = Annotated[
    list[str] | None,
    typer.Option(help="报送实时数据的单位（可多次） / enterprise in real time, may be repeated"),
]
Records = Annotated[int, typer.Option(min=1, max=20_000, help="每批记录数 / records a body")]


def add_upstream(
    name: Name,
    register_url: Annotated[str, typer.Argument(help="注册地址 / full address of registerPlatform (or register)")],
    *,
    region: Annotated[str, typer.Option(help="行政区划代码 / region that this hub reports for")] = "",
    enterprise: Annotated[str, typer.Option(help="作为该单位的端设备接入 / register as a device of it")] = "",
    profile: Annotated[str, typer.Option(help="协议规格 / province profile of the platform above")] = "national",
    stat_types: StatTypes = "123",
    realtime_level: Level = None,
    realtime_enterprise: Listed = None,
    batch_records: Records = 2000,
    ca_file: Annotated[Path | None, typer.Option(help="CA 证书 / CA certificates, PEM")] = None,
    client_cert: Annotated[Path | None, typer.Option(help="客户端证书 / client certificate, PEM")] = None,
    client_key: Annotated[Path | None, typer.Option(help="客户端私钥 / its private key, PEM")] = None,
) -> None:
    """添加上级平台 / forward to a platform above; a serving hub begins within a second."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.accounts.services import node  # noqa: PLC0415
    from nenghao.hub.chain import upstreams  # noqa: PLC0415

    actor, now = actor_of("add-upstream")
    at_region, at_enterprise = node(region_code=region, enterprise_code=enterprise)
    found = at_region or (at_enterprise.region if at_enterprise else None)
    assert found is not None
    upstreams.add_upstream(
        actor=actor, now=now, name=name, register_url=register_url, region=found, enterprise=at_enterprise,
        profile=profile, stat_types=stat_types, realtime_level=realtime_level,
        realtime_enterprises=realtime_enterprise or [], batch_records=batch_records, ca_file=_path(ca_file),
        client_cert=_path(client_cert), client_key=_path(client_key),
    )  # fmt: skip
    print(f"上级平台已添加 added: {name}")


def list_upstreams() -> None:
    """列出上级平台 / list the platforms above with state and cursors."""
    from nenghao.cli.hub_command import setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain.models import Upstream  # noqa: PLC0415

    for one in Upstream.objects.select_related("region"):
        state = one.get_state_display() if one.is_active else "已暂停 paused"  # pyright: ignore[reportAttributeAccessIssue]
        print(
            f"{one.name}  {one.region_id}  {state}  batch {one.batch_id}  {one.register_url}  {one.error_zh}".rstrip()
        )


def set_upstream(
    name: Name,
    *,
    stat_types: StatTypes = "123",
    realtime_level: Level = None,
    realtime_enterprise: Listed = None,
    batch_records: Records = 2000,
    reason: Reason = "",
) -> None:
    """修改上报策略 / change what goes upward; what is new in it is sent for the past too."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain import upstreams  # noqa: PLC0415

    actor, now = actor_of("set-upstream")
    upstreams.set_policy(
        actor=actor, now=now, upstream=upstreams.find_upstream(name), stat_types=stat_types,
        realtime_level=realtime_level, realtime_enterprises=realtime_enterprise or [], batch_records=batch_records,
        reason=reason,
    )  # fmt: skip
    print(f"已修改 changed: {name}")


def pause_upstream(name: Name, reason: Reason = "") -> None:
    """暂停上报 / pause forwarding; nothing is lost."""
    _switch("pause-upstream", name, active=False, reason=reason)


def resume_upstream(name: Name, reason: Reason = "") -> None:
    """恢复上报 / resume forwarding where it stopped."""
    _switch("resume-upstream", name, active=True, reason=reason)


def remove_upstream(name: Name, reason: Reason = "") -> None:
    """删除上级平台 / forward no more and forget the cursors."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain import upstreams  # noqa: PLC0415

    actor, now = actor_of("remove-upstream")
    upstreams.remove_upstream(actor=actor, now=now, upstream=upstreams.find_upstream(name), reason=reason)
    print(f"已删除 removed: {name}")


def compare_upstream(
    name: Name,
    *,
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日 / first day")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日（含） / last day, included")],
) -> None:
    """与上级平台对账 / have the serving hub compare some days with the platform above, and mend what differs."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain import upstreams  # noqa: PLC0415

    actor, now = actor_of("compare-upstream")
    upstreams.ask_comparison(
        actor=actor, now=now, upstream=upstreams.find_upstream(name), start=start.date(),
        end=end.date() + timedelta(days=1),
    )  # fmt: skip
    print(f"对账已安排 asked: {name}")


def approve_platform(platform_id: str, reason: Reason = "", refuse: bool = False) -> None:
    """批准（或拒绝）下级平台 / approve (or refuse) a platform below."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain.platforms import decide_platform  # noqa: PLC0415

    actor, now = actor_of("approve-platform")
    status = "refused" if refuse else "approved"
    platform = decide_platform(actor=actor, now=now, platform_id=platform_id, status=status, reason=reason)
    print(f"{platform.platform_id}: {platform.status}")


def revoke_platform(platform_id: str, reason: Reason) -> None:
    """撤销下级平台 / revoke a platform below; what it sends is refused at once, and it is given no keys."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain.platforms import decide_platform  # noqa: PLC0415

    actor, now = actor_of("revoke-platform")
    platform = decide_platform(actor=actor, now=now, platform_id=platform_id, status="revoked", reason=reason)
    print(f"{platform.platform_id}: {platform.status}")


COMMANDS = (
    add_upstream, list_upstreams, set_upstream, pause_upstream, resume_upstream, remove_upstream,
    compare_upstream, approve_platform, revoke_platform,
)  # fmt: skip


def _switch(command: str, name: str, *, active: bool, reason: str) -> None:
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.chain import upstreams  # noqa: PLC0415

    actor, now = actor_of(command)
    upstreams.set_active(actor=actor, now=now, upstream=upstreams.find_upstream(name), active=active, reason=reason)
    print(f"{name}: {'resumed' if active else 'paused'}")


def _path(path: Path | None) -> str:
    if path is None:
        return ""
    if not path.is_file():
        raise NenghaoError("file-missing", "没有这个文件", "there is no such file", record=str(path))
    return str(path.resolve())
