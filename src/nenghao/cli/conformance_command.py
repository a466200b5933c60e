"""``nenghao conformance``: try any platform as a gateway, or judge any gateway as a platform; docs/conformance.md."""

from __future__ import annotations

import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from nenghao.cli.reference_command import LanguageArgument, LanguageOption

app = typer.Typer(
    no_args_is_help=True, help="协议一致性: 检查平台或网关 / protocol conformance of platforms and gateways"
)
ProfileOption = Annotated[str, typer.Option("--profile", help="省级配置 / province profile")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="也写入此文件 / also write the report to this file")]


@app.command()
def check(
    url: Annotated[str, typer.Argument(help="注册地址（A）或根地址（B） / register address (A) or base address (B)")],
    *,
    profile: ProfileOption = "national",
    enterprise: Annotated[str, typer.Option(help="平台给的测试单位代码 / enterprise code given for tests")],
    region: Annotated[str, typer.Option(help="行政区划代码 / region code")] = "",
    wait: Annotated[float, typer.Option(help="等待审核的秒数 / seconds to wait for approval")] = 0.0,
    dry_run: Annotated[bool, typer.Option(help="不发送能耗数据 / send no energy data")] = False,
    items_only: Annotated[
        bool, typer.Option(help="不发送单位基本信息 / leave the enterprise's information alone")
    ] = False,
    data_code: Annotated[str, typer.Option(help="测试数据项 / data code of the test item")] = "",
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="测试数据日 / day of the test data")
    ] = None,
    big_batch: Annotated[int, typer.Option(min=2, max=20_000, help="大批量行数 / records of the big batch")] = 1000,
    client_id: Annotated[str, typer.Option(help="再次运行时沿用 / give the one of an earlier run again")] = "",
    pin: Annotated[
        str, typer.Option(envvar="NENGHAO_PIN", help="六位密码（B） / six digits, dialect B only")
    ] = "000000",
    timeout: Annotated[float, typer.Option(help="应答时限 [s] / patience with an answer")] = 30.0,
    ca_file: Annotated[str, typer.Option(help="根证书 PEM / authority")] = "",
    client_cert: Annotated[str, typer.Option(help="客户端证书 PEM / client certificate")] = "",
    client_key: Annotated[str, typer.Option(help="其私钥 PEM / its key")] = "",
    language: LanguageArgument = LanguageOption.ZH,
    json_file: JsonOption = None,
) -> None:
    """以网关身份检查平台；必须项不符时退出码为 1 / play a gateway against a platform; exit 1 when it fails."""
    from nenghao.cli.conformance import sample  # noqa: PLC0415 - httpx only when it is used
    from nenghao.cli.conformance.printing import show, write_json  # noqa: PLC0415
    from nenghao.cli.conformance.run_check import run_check  # noqa: PLC0415
    from nenghao.cli.conformance.talk import CheckPlan  # noqa: PLC0415
    from nenghao.protocol import DataCode, Profile  # noqa: PLC0415

    plan = CheckPlan(
        url=url, profile=Profile.load(profile), enterprise_code=enterprise, region=region,
        client_id=client_id or secrets.token_hex(16), data_code=data_code or sample.DATA_CODE,
        day=day.date() if day else sample.DAY, big_batch=big_batch, wait_s=wait, dry_run=dry_run,
        items_only=items_only, ca_file=ca_file, pin=pin,
    )  # fmt: skip
    DataCode.parse(plan.data_code)
    report = run_check(
        plan, tell=lambda zh, en: print(zh if language is LanguageOption.ZH else en, file=sys.stderr, flush=True),
        timeout_s=timeout, client_cert=client_cert, client_key=client_key,
    )  # fmt: skip
    report.facts["client-id"] = plan.client_id
    show(report, language.value)
    if json_file is not None:
        write_json(report, json_file)
    if report.failed:
        raise typer.Exit(1)


@app.command()
def serve(
    *,
    profile: ProfileOption = "national",
    host: Annotated[str, typer.Option(help="监听地址 / address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口，0 为任意 / port, 0 for any free one")] = 8700,
    base_url: Annotated[str, typer.Option(help="网关所见的根地址 / how gateways reach this host")] = "",
    upload_time: Annotated[str, typer.Option(help="下发的上传时点 HH:mm:ss / daily slot to hand out")] = "00:30:00",
    faults: Annotated[bool, typer.Option(help="注入拒绝、错误、超时、应答丢失 / inject faults into uploads")] = False,
    hold: Annotated[float, typer.Option(help="超时故障持续 [s] / how long a call that times out is held")] = 45.0,
    until_idle: Annotated[
        float, typer.Option(help="静默多少秒后结束，0 为不结束 / end after so many quiet seconds")
    ] = 0,
    tls: Annotated[tuple[Path, Path] | None, typer.Option(help="证书与私钥 PEM / certificate and key")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="客户端证书的根证书 / authority of client certificates")
    ] = None,
    language: LanguageArgument = LanguageOption.ZH,
    json_file: JsonOption = None,
) -> None:
    """以平台身份检查网关，Ctrl-C 或静默后给出结论 / play a platform against a gateway; Ctrl-C ends and judges."""
    from nenghao.cli.conformance.printing import show, write_json  # noqa: PLC0415 - only when it is used
    from nenghao.cli.conformance.run_serve import ServePlan, run_serve  # noqa: PLC0415
    from nenghao.protocol import Profile  # noqa: PLC0415

    plan = ServePlan(
        profile=Profile.load(profile), host=host, port=port, base_url=base_url, upload_time=upload_time, faults=faults,
        hold_s=hold, idle_s=until_idle, tls=tls, client_ca=client_ca,
    )  # fmt: skip
    words = {"zh": "注册地址", "en": "register at"}[language.value]
    report = run_serve(plan, ready=lambda url: print(f"{words}: {url}", file=sys.stderr, flush=True))
    show(report, language.value)
    if json_file is not None:
        write_json(report, json_file)
    if report.failed:
        raise typer.Exit(1)
