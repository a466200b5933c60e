"""``nenghao hub``: set up, serve and administer the platform; docs/operator.md is its guide."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nenghao.cli.account_commands import accounts_app
from nenghao.cli.chain_commands import COMMANDS as CHAIN_COMMANDS
from nenghao.cli.device_commands import COMMANDS as DEVICE_COMMANDS
from nenghao.cli.quota_commands import quotas_app
from nenghao.errors import NenghaoError

if TYPE_CHECKING:
    from nenghao.hub.audit.services import Actor

app = typer.Typer(no_args_is_help=True, help="系统平台 / the platform: init, serve, accounts, enterprises, devices.")


class MinTls(StrEnum):
    """TLS versions that can be asked for."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="NENGHAO_DATA_DIR", help="数据目录 / data directory; default ./var"),
]


@app.callback()
def prepare(data_dir: DataDir = None) -> None:
    """Choose the data directory; the environment chooses the rest. What the hub writes, only its user reads."""
    os.umask(0o077)
    if data_dir is not None:
        os.environ["NENGHAO_DATA_DIR"] = str(data_dir.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")


def setup() -> None:
    """Load Django; commands import models only after this."""
    import django  # noqa: PLC0415

    django.setup()


def actor_of(command: str) -> tuple[Actor, datetime]:
    """Give who acts in the audit trail, and the moment."""
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.audit.services import Actor  # noqa: PLC0415

    return Actor.command(f"nenghao hub {command}"), timezone.now()


@app.command()
def init() -> None:
    """建库并写入行政区划与行业代码 / make or migrate the database and fill in regions and industries."""
    setup()
    from django.core.management import call_command  # noqa: PLC0415

    from nenghao.hub.registry.codes import seed_codes  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    counts = seed_codes()
    print(f"行政区划 regions: {counts['regions']}  行业 industries: {counts['industries']}")


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / port")] = 8000,
    threads: Annotated[int, typer.Option(min=2, help="请求线程数 / request threads")] = 128,
    tls_certificate: Annotated[Path | None, typer.Option(help="证书链 / certificate chain, PEM")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="私钥 / private key, PEM")] = None,
    client_ca: Annotated[Path | None, typer.Option(help="端设备证书的 CA / CA of client certificates, PEM")] = None,
    min_tls: Annotated[MinTls, typer.Option(help="最低 TLS 版本 / lowest TLS version")] = MinTls.TLS_1_2,
) -> None:
    """启动平台 / serve pages and wire until SIGTERM or Ctrl-C."""
    _require_files(tls_certificate, tls_key, client_ca)
    if tls_certificate is not None:
        os.environ["NENGHAO_TLS"] = "1"  # before the settings are read: cookies for TLS only, HSTS
    setup()
    _require_ready()
    from nenghao.hub import serving  # noqa: PLC0415

    serving.serve(
        host=host, port=port, threads=threads, tls_certificate=tls_certificate, tls_key=tls_key, client_ca=client_ca,
        min_tls=min_tls.value,
    )  # fmt: skip


def _require_files(certificate: Path | None, key: Path | None, client_ca: Path | None) -> None:
    if (certificate is None) != (key is None) or (client_ca and not certificate):
        raise NenghaoError(
            "tls-incomplete", "证书与私钥须同时给出", "certificate and key must be given together", field="tls-key",
            mend_zh="同时给出 --tls-certificate 和 --tls-key", mend_en="give --tls-certificate and --tls-key",
        )  # fmt: skip
    for path in (certificate, key, client_ca):
        if path is not None and not path.is_file():
            raise NenghaoError("file-missing", "没有这个文件", "there is no such file", record=str(path))


def _require_ready() -> None:
    """Refuse to serve a database that was not set up or is older than the program."""
    from django.db import DatabaseError, connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise NenghaoError(
            "database-unreachable", f"数据库无法连接: {error}", f"the database cannot be reached: {error}",
            mend_zh="检查 NENGHAO_DATABASE_URL 与数据目录", mend_en="check NENGHAO_DATABASE_URL and the data directory",
        ) from error  # fmt: skip
    finally:
        connection.close()
    if waiting:
        raise NenghaoError(
            "database-old", "数据库未建立或版本较旧", "the database is not set up or is older than the program",
            mend_zh="运行 nenghao hub init", mend_en="run nenghao hub init",
        )  # fmt: skip


@app.command()
def create_account(
    username: str,
    *,
    role: Annotated[str, typer.Option(help="officer | energy_manager | institution | operator")] = "officer",
    region: Annotated[str, typer.Option(help="行政区划代码 / region code, 000000 全国")] = "",
    enterprise: Annotated[str, typer.Option(help="统一社会信用代码 / credit code")] = "",
    full_name: Annotated[str, typer.Option(help="姓名 / name")] = "",
    password: Annotated[
        str, typer.Option(envvar="NENGHAO_PASSWORD", prompt="密码 password", hide_input=True, confirmation_prompt=True)
    ] = "",
) -> None:
    """新建账号 / create an account at one node; the password is asked for or taken from NENGHAO_PASSWORD."""
    setup()
    from nenghao.hub.accounts import services  # noqa: PLC0415

    actor, now = actor_of("create-account")
    at_region, at_enterprise = services.node(region_code=region, enterprise_code=enterprise)
    services.create_account(
        actor=actor, now=now, username=username, password=password, role=role, region=at_region,
        enterprise=at_enterprise, full_name=full_name,
    )  # fmt: skip
    print(f"账号已创建 created: {username}")


@app.command()
def create_enterprise(
    code: Annotated[str, typer.Argument(help="统一社会信用代码 / unified social credit code")],
    name: Annotated[str, typer.Option(help="单位名称 / name")],
    region: Annotated[str, typer.Option(help="行政区划代码 / region code")],
    industry: Annotated[str, typer.Option(help="行业代码 / industry code with section letter, such as C31")],
    any_code: Annotated[bool, typer.Option(help="不核对校验码 / accept a wrong check character")] = False,
) -> None:
    """登记用能单位 / register an enterprise."""
    setup()
    from nenghao.hub.registry import services  # noqa: PLC0415

    actor, now = actor_of("create-enterprise")
    services.create_enterprise(
        actor=actor, now=now, code=code, name=name, region=services.find_region(region),
        industry=services.find_industry(industry), check_code=not any_code,
    )  # fmt: skip
    print(f"用能单位已登记 registered: {code} {name}")


@app.command()
def approve_device(
    device_id: str, reason: Annotated[str, typer.Option(help="理由 / reason")] = "", refuse: bool = False
) -> None:
    """批准（或拒绝）端设备 / approve (or refuse) a device."""
    setup()
    from nenghao.hub.registry import services  # noqa: PLC0415

    actor, now = actor_of("approve-device")
    status = "refused" if refuse else "approved"
    device = services.decide_device(actor=actor, now=now, device_id=device_id, status=status, reason=reason)
    print(f"{device.device_id}: {device.status}")


@app.command()
def check_quality(
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日 / first day")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日（含） / last day, included")],
) -> None:
    """检查数据质量（平台须已停止） / check the data quality of some days; the hub must be stopped."""
    setup()
    from django.utils import timezone  # noqa: PLC0415

    from nenghao.hub.quality_checks.models import RunKind  # noqa: PLC0415
    from nenghao.hub.quality_checks.nightly import logged_run  # noqa: PLC0415
    from nenghao.hub.store import close_store, get_store  # noqa: PLC0415

    _require_ready()
    try:
        run = logged_run(
            kind=RunKind.COMMAND, store=get_store(), start=start.date(), end=end.date() + timedelta(days=1),
            now=timezone.now(),
        )  # fmt: skip
    finally:
        close_store()
    print(f"企业 enterprises: {run.enterprises}  问题 findings: {run.findings}  用时 seconds: {run.seconds:.1f}")


@app.command()
def open_tickets() -> None:
    """为长时间未上传的用能单位开工单（平台须已停止） / open tickets for enterprises silent too long; hub stopped.

    The serving hub does this every night; it is safe to repeat.
    """
    setup()
    from nenghao.hub.access_progress.services import open_tickets_for_silence  # noqa: PLC0415
    from nenghao.hub.store import close_store  # noqa: PLC0415

    _require_ready()
    try:
        opened = open_tickets_for_silence(now=actor_of("open-tickets")[1])
    finally:
        close_store()
    print(f"新开工单 tickets opened: {len(opened)}")


@app.command()
def check() -> None:
    """检查配置与数据库 / check settings, database and data directory; exits with 1 when something is wrong."""
    setup()
    from django.core.management import call_command  # noqa: PLC0415

    from nenghao.hub.selfcheck import problems  # noqa: PLC0415

    call_command("check")
    _require_ready()
    found = problems()
    for problem in found:
        print(problem)
    if found:
        raise typer.Exit(1)
    print("正常 ok")


app.add_typer(accounts_app, name="accounts")
app.add_typer(quotas_app, name="quotas")

for _command in CHAIN_COMMANDS + DEVICE_COMMANDS:
    app.command()(_command)
