"""The report on a gateway of dialect A, from what the platform wrote down."""

from __future__ import annotations

from nenghao.cli.conformance.judge import shapes
from nenghao.cli.conformance.national_platform import NationalPlatform
from nenghao.cli.conformance.notebook import SAID, Notebook, judge_faults
from nenghao.cli.conformance.report import Report

ORDER = (
    "register", "versionCheck", "downloadBaseData", "uploadConfigData", "uploadMeteringData", "uploadEnergyData",
)  # fmt: skip
CALLED = {
    "register": "register", "version-check": "versionCheck", "config-fields": "uploadConfigData",
    "metering": "uploadMeteringData",
}  # fmt: skip
ENERGY = ("energy-fields", "encryption", "periods", "scope-codes", "upload-date")
ALWAYS = ("addresses", "identity", "content-type", "json")


def judge_gateway(platform: NationalPlatform, target: str) -> Report:
    """Judge everything that was seen so far."""
    report = Report("platform", target, platform.profile.name, "serve_a")
    notebook = platform.notebook
    if not notebook.calls:
        report.complete("没有网关来访 / no gateway called")
        return report
    for step_id, operation in CALLED.items():
        _judge_called(report, notebook, step_id, operation)
    downloads = notebook.calls.count("downloadBaseData")
    report.judge("base-data", downloads > 0, "downloadBaseData", f"{downloads} calls")
    _judge_order(report, notebook)
    for step_id in ALWAYS:
        report.judge(step_id, not notebook.has(step_id), f"{len(notebook.calls)} calls", notebook.found(step_id))
    _judge_energy(report, platform)
    platform.slot.judge(report)
    judge_faults(report, platform.faults)
    _judge_signature(report, platform)
    report.facts |= {"uploadTime": platform.upload_time, "records": str(len(platform.kept))}
    report.facts |= {name: str(count) for name, count in sorted(notebook.counts.items()) if "problems" not in name}
    return report


def _judge_called(report: Report, notebook: Notebook, step_id: str, operation: str) -> None:
    calls = notebook.calls.count(operation)
    holds = calls > 0 and not notebook.has(step_id)
    report.judge(step_id, holds, f"{operation}: {calls} calls", notebook.found(step_id))


def _judge_order(report: Report, notebook: Notebook) -> None:
    first = [operation for operation in dict.fromkeys(notebook.calls) if operation in ORDER]
    report.judge("order", first == [name for name in ORDER if name in first], "", " → ".join(first))


def _judge_energy(report: Report, platform: NationalPlatform) -> None:
    notebook = platform.notebook
    calls = notebook.calls.count("uploadEnergyData")
    if not calls:
        for step_id in (*ENERGY, "config-complete"):
            report.judge(step_id, False, "", "没有上传数据 / no data was uploaded")
        return
    for step_id in ENERGY:
        tried = f"{calls} calls, {len(platform.kept)} records"
        report.judge(step_id, not notebook.has(step_id), tried, notebook.found(step_id))
    configured = _configured(platform)
    uploaded = {(code, stat_type) for code, stat_type, _ in platform.kept}
    missing = [f"{code} statType {stat_type}" for code, stat_type in sorted(uploaded - configured)]
    if not platform.configuration.get("enterprise"):
        missing.insert(0, "enterprise")
    said = f"缺少 / missing: {', '.join(missing[:SAID])}" if missing else f"{len(configured)} rows"
    report.judge("config-complete", not missing, f"{len(uploaded)} items × statType", said)


def _configured(platform: NationalPlatform) -> set[tuple[str, str]]:
    rows = platform.configuration.get("collectItemConfig")
    parts = [name for name in shapes("fields_a")[1]["collectItemConfig"].required if name.endswith("Code")]
    found = set()
    for row in rows if isinstance(rows, list) else []:
        process, unit, kind, number, energy_class, energy_type, usage = (str(row.get(name, "")) for name in parts)
        code = f"{process}-{unit}-{kind}{number}-{energy_class}{energy_type}-{usage}"
        found.add((code, str(row.get("statType"))))
    return found


def _judge_signature(report: Report, platform: NationalPlatform) -> None:
    if not platform.sign_key:
        report.pass_over("signature", "not offered", "signing")
        return
    notebook = platform.notebook
    tried = f"{notebook.counts['signed']} signed calls"
    report.judge("signature", not notebook.has("signature"), tried, notebook.found("signature"))
