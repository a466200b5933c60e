"""A gateway of dialect A that tries a platform: registration, versions, dictionaries, approval, configuration."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import urlsplit

import msgspec

from nenghao.cli.conformance import sample
from nenghao.cli.conformance.national_edges import try_edges, try_signing
from nenghao.cli.conformance.national_energy import try_downloads, try_energy
from nenghao.cli.conformance.probe import Exchange
from nenghao.cli.conformance.talk import Talk
from nenghao.protocol import (
    RegisterAnswer,
    build_base_data_request,
    build_metering_upload,
    build_register_request,
    build_version_check,
)
from nenghao.protocol.signing import HMAC_SM3

HEX_32 = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}")
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
REQUIRED_URLS = ("loadDicVersionURL", "centerDataURL", "centerInfoDownloadURL")
UNKNOWN_ENTERPRISE = "91000000MA00000000"
UNAPPROVED = "未审核或未批准 / not approved"
ASK_EVERY_S = 2.0


def check_national(talk: Talk) -> None:
    """Try everything of dialect A, in the protocol's order; steps that cannot be reached are written down as such."""
    if not _register(talk):
        talk.report.complete("注册未成功 / registration did not succeed")
        return
    _version_check(talk)
    _base_data(talk)
    try_edges(talk)
    if _approved(talk):
        _configure(talk)
        try_energy(talk)
        try_signing(talk)
        try_downloads(talk)
    _answer_form(talk)
    talk.report.complete(UNAPPROVED)


def _register(talk: Talk) -> bool:
    plan, report = talk.plan, talk.report
    signing = "" if talk.profile.signing == "off" else HMAC_SM3
    body = build_register_request(plan.enterprise_code, plan.region, plan.client_id, signing)
    got = talk.probe.post(plan.url, body)
    missing = registration_problems(got)
    report.judge("register", not missing, f"POST {plan.url}", _with(got, missing))
    if not (got.accepted and got.answer.get("deviceId") and _is_address(got.answer.get("centerDataURL"))):
        return False
    talk.registered = _tolerant(got)
    report.facts["deviceId"] = talk.registered.device_id
    report.facts["uploadTime"] = talk.registered.upload_time
    _secret_key(talk)
    again = talk.probe.post(plan.url, body)
    same = again.answer.get("deviceId") == talk.registered.device_id
    report.judge("register-again", same, "clientId 相同 / same clientId", f"deviceId {again.answer.get('deviceId')}")
    stranger = talk.probe.post(plan.url, build_register_request(UNKNOWN_ENTERPRISE, plan.region, plan.client_id))
    report.judge("register-unknown-enterprise", stranger.refused, UNKNOWN_ENTERPRISE, stranger.said())
    return True


def _tolerant(got: Exchange) -> RegisterAnswer:
    """Read a registration whatever its values are written as: what is wrong with them is told elsewhere."""
    texts = {name: value for name, value in got.answer.items() if isinstance(value, str)}
    return msgspec.convert({"responseCode": got.code, "responseMessage": got.message, **texts}, RegisterAnswer)


def registration_problems(got: Exchange) -> list[str]:
    """Say what of a register answer is not as the field tables have it."""
    if not got.accepted:
        return ["responseCode"]
    missing = [name for name in REQUIRED_URLS if not _is_address(got.answer.get(name))]
    if not HEX_32.fullmatch(str(got.answer.get("deviceId", ""))):
        missing.append("deviceId")
    if not TIME_OF_DAY.fullmatch(str(got.answer.get("uploadTime", ""))):
        missing.append("uploadTime")
    return missing


def _is_address(text: object) -> bool:
    return isinstance(text, str) and urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).netloc)


def _with(got: Exchange, missing: list[str]) -> str:
    return got.said() + (f"; 缺少或格式不符 / missing or malformed: {', '.join(missing)}" if missing else "")


def _secret_key(talk: Talk) -> None:
    if not talk.profile.encrypts:
        talk.report.pass_over("register-secret-key", "not run", "该规格不加密 / this profile does not encrypt")
        return
    is_key = bool(re.fullmatch(r"[0-9a-fA-F]{32}", talk.registered.secret_key))
    said = "32 hex" if is_key else f"{len(talk.registered.secret_key)} characters"
    talk.report.judge("register-secret-key", is_key, talk.profile.name, said)


def _version_check(talk: Talk) -> None:
    url = talk.registered.load_dic_version_url
    if not url:
        talk.report.judge("version-check", False, "", "loadDicVersionURL 缺少 / missing")
        return
    got = talk.post(url, build_version_check(talk.registered.device_id))
    versions = [got.answer.get(name) for name in ("regVersion", "dicVersion")]
    holds = got.accepted and all(isinstance(version, str) and version for version in versions)
    talk.report.judge("version-check", holds, url, f"{got.said()}, regVersion, dicVersion = {versions}")


def _base_data(talk: Talk) -> None:
    url = talk.registered.download_base_data_url
    if not url:
        talk.report.pass_over("base-data", "not offered", "downloadBaseDataURL")
        return
    got = talk.post(url, build_base_data_request(talk.registered.device_id))
    entries = _count_entries(got.answer)
    talk.report.judge("base-data", got.accepted and entries > 0, url, f"{got.said()}, {entries} entries")


def _count_entries(answer: object) -> int:
    if isinstance(answer, list):
        return sum(_count_entries(part) for part in answer)
    if isinstance(answer, dict):
        return ("code" in answer and "name" in answer) + sum(_count_entries(part) for part in answer.values())
    return 0


def _approved(talk: Talk) -> bool:
    """Send until something is taken: a new device must be approved by the platform's operator first.

    That is the configuration, or an upload without records where the platform has no address for a configuration.
    """
    first = got = _knock(talk)
    deadline = time.monotonic() + talk.plan.wait_s
    if first.refused and talk.plan.wait_s:
        device_id = talk.registered.device_id
        talk.tell(
            f"平台未接收（{got.message}）。请在平台上审核设备 {device_id}，最多等待 {talk.plan.wait_s:.0f} 秒。",
            f"The platform does not take anything yet: approve device {device_id} there; waiting.",
        )
    while got.refused and time.monotonic() < deadline:
        time.sleep(ASK_EVERY_S)
        got = _knock(talk)
    _judge_approval(talk, first, got)
    return got.accepted


def _knock(talk: Talk) -> Exchange:
    url = talk.registered.center_info_url
    return talk.post(url, talk.config_body()) if url else talk.energy(talk.who(data=[]))


def _judge_approval(talk: Talk, first: Exchange, last: Exchange) -> None:
    """A platform that takes data at once has approved the device before, or never asks for approval."""
    report = talk.report
    if first.accepted:
        report.pass_over("unapproved", "not run", "设备已可上传 / the device may upload already")
    else:
        report.judge("unapproved", first.refused, "审核前上传 / upload before approval", first.said())
    if not talk.registered.center_info_url:
        return
    words = "uploadConfigData"
    if not last.accepted:
        words += "; 请审核设备后以 --wait 与同一 --client-id 重新运行 / approve the device, then run again"
    report.judge("config", last.accepted, words, last.said())


def _configure(talk: Talk) -> None:
    url = talk.registered.center_info_url
    report, plan = talk.report, talk.plan
    if url:
        loose = json.loads(talk.config_body())
        for row in loose["collectItemConfig"]:
            row |= {"id": 9, "deviceId": talk.registered.device_id, "unknownField": sample.REMARK}
        got = talk.post(url, json.dumps({**loose, "unknownPart": []}, ensure_ascii=False).encode())
        report.judge("config-loose", got.accepted, "id: 9, unknownField, unknownPart", got.said())
        report.left_behind.append(f"采集数据项 {plan.data_code}「{sample.NAME}」 / a data item")
    else:
        report.pass_over("config", "not offered", "centerInfoURL")
        report.pass_over("config-loose", "not offered", "centerInfoURL")
    url = talk.registered.center_metering_data_url
    if not url:
        report.pass_over("metering", "not offered", "centerMeteringDataURL")
        return
    instruments = [sample.instrument(plan.data_code)]
    body = build_metering_upload(talk.registered.device_id, plan.enterprise_code, instruments, talk.profile)
    got = talk.post(url, body)
    report.judge("metering", got.accepted, f"{talk.profile.metering_key}: [1]", got.said())
    if got.accepted:
        report.left_behind.append(f"计量器具 {sample.MANAGE_CODE}「{sample.NAME}」 / an instrument")


def _answer_form(talk: Talk) -> None:
    found = [f"{urlsplit(e.url).path}: {e.form}" for e in talk.probe.exchanges if e.form]
    said = "; ".join(found[:5]) or "HTTP 200, JSON"
    talk.report.judge("answer-form", not found, f"{len(talk.probe.exchanges)} calls", said)
