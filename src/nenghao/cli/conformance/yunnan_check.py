"""A gateway of dialect B (Yunnan) that tries a platform: key, dictionaries, form, token, configuration, records."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from nenghao.cli.conformance import sample
from nenghao.cli.conformance.probe import Exchange
from nenghao.cli.conformance.talk import Talk
from nenghao.errors import NenghaoError
from nenghao.protocol import JSON_HEADERS
from nenghao.protocol.yunnan import (
    BASE_PATH,
    DICTIONARIES,
    Versions,
    build_body,
    encrypt_pin,
    energy_fields,
    parse_moment,
    to_wire_code,
)

ASK_EVERY_S = 2.0
ADDRESSES = ("enterpriseDataURL", "enterpriseInfoURL", "loadBaseDataURL")
"""What a gateway needs; the download addresses and that of public institutions are not offered everywhere."""
OTHER_ADDRESSES = ("enterpriseDataDownloadURL", "enterpriseInfoDownloadURL", "organizationDataURL")
FOREIGN_ENTERPRISE = "91000000MA00000000"
PICTURE = "U0lNVUxBVEVE"  # the word SIMULATED, where a licence would be
PROCESS = "99"
VERSION_LENGTH = 10


@dataclass(slots=True)
class YunnanTalk:
    """State of the conversation in dialect B."""

    talk: Talk
    working_key: str = ""
    token: str = ""
    versions: Versions = field(default_factory=Versions)

    def url(self, path: str) -> str:
        """Give the address of an operation below the base."""
        base = self.talk.plan.url.rstrip("/")
        return f"{base if base.endswith(f'/{BASE_PATH}') else f'{base}/{BASE_PATH}'}/{path}"

    def call(self, path: str, token: str | None = None, **fields: str) -> Exchange:
        """Call an operation with a body as the field table has it; ``token`` stands in for the one that was given."""
        code = self.talk.plan.enterprise_code
        return self.send(path, build_body(path, code, fields, self.versions), token)

    def send(self, path: str, body: bytes, token: str | None = None) -> Exchange:
        """Post a body."""
        given = self.token if token is None else token
        return self.talk.probe.post(self.url(path), body, {"Authorization": f"Bearer {given}"} if given else None)

    def password(self, pin: str) -> str:
        """Give the field ``password``."""
        return encrypt_pin(pin, working_key=self.working_key, enterprise_code=self.talk.plan.enterprise_code)


def check_yunnan(talk: Talk) -> None:
    """Try everything of dialect B, in the protocol's order."""
    one = YunnanTalk(talk)
    if _introduce(one) and _token(one):
        _strangers(one)
        _information(one)
        _configuration(one)
        _energy(one)
    _edges(one)
    found = [f"{urlsplit(e.url).path}: {e.form}" for e in talk.probe.exchanges if e.form]
    talk.report.judge(
        "answer-form", not found, f"{len(talk.probe.exchanges)} calls", "; ".join(found[:5]) or "HTTP 200, JSON"
    )
    talk.report.complete("没有令牌 / no token")


def _introduce(one: YunnanTalk) -> bool:
    report = one.talk.report
    got = one.call("enterpriseInfo/rwk")
    one.working_key = str(_data(got).get("secretKey", ""))
    said = f"{got.said()}, {len(one.working_key)} characters"
    if not report.judge("working-key", got.accepted and len(one.working_key) == 16, "enterpriseInfo/rwk", said):
        return False
    wanted = ",".join(str(index) for index in DICTIONARIES)
    got = one.call("dataDownload/public", itemIndex=wanted)
    entries = _entries(_data(got))
    report.judge("public-dictionaries", got.accepted and entries > 0, wanted, f"{got.said()}, {entries} entries")
    try:
        got = one.call("enterpriseInfo/apply", **_form(one))
    except NenghaoError as error:
        report.judge("application", False, "enterpriseInfo/apply", error.both())
        return False
    report.left_behind.append(f"注册申请「{sample.NAME}」 / an application")
    has_index = got.accepted and bool(_data(got).get("dataIndex"))
    report.judge("application", has_index, "enterpriseInfo/apply", f"{got.said()}, {_data(got).get('dataIndex')}")
    return True


def _form(one: YunnanTalk) -> dict[str, str]:
    """Give the registration form; every word says that it is simulated."""
    plan = one.talk.plan
    return {
        "isorg": "0", "password": one.password(plan.pin), "cmpName": sample.NAME, "address": sample.NAME,
        "zipCode": "000000", "corporationName": "模拟", "license": PICTURE, "registerAddress": sample.NAME,
        "registerDate": "2015-01-01", "registerPrincipal": "0", "typeCode": "110", "industryCode": "C31",
        "fieldCode": "100", "energyConsumeLevel": "1", "center": "0", "jgzh": "0", "latitude": "0", "longitude": "0",
        "phone": "00000000000", "fax": "00000000000", "email": "simulated@example.invalid",
        "productionLine": sample.NAME, "leadingProduct": sample.NAME, "remark": sample.REMARK,
    }  # fmt: skip


def _token(one: YunnanTalk) -> bool:
    """Ask for a token; a new device must be approved by the platform's operator first."""
    talk, report = one.talk, one.talk.report
    plan = talk.plan
    other = "999999" if plan.pin != "999999" else "888888"
    got = one.call("requestAK", password=one.password(other))
    report.judge("wrong-pin", not _data(got).get("token") and got.survived, "PIN " + "*" * 6, got.said())
    got = one.call("requestAK", password=one.password(plan.pin))
    deadline = time.monotonic() + plan.wait_s
    if got.refused and plan.wait_s:
        talk.tell(
            f"平台未发放令牌（{got.message}）。请在平台上审核，最多等待 {plan.wait_s:.0f} 秒。",
            "The platform gives no token yet: approve the application there; waiting.",
        )
    while got.refused and time.monotonic() < deadline:
        time.sleep(ASK_EVERY_S)
        got = one.call("requestAK", password=one.password(plan.pin))
    data = _data(got)
    one.token = str(data.get("token") or "")
    missing = [name for name in ("akExpiresIn", "akValidAt") if parse_moment(str(data.get(name))) is None]
    missing += [name for name in ("enterpriseUploadTime", "platformURL") if not data.get(name)]
    holds = got.accepted and 0 < len(one.token) <= 230 and not missing
    said = f"{got.said()}, token: {len(one.token)} characters; 缺少 / missing: {missing}"
    report.judge("token", holds, "requestAK", said)
    report.facts["enterpriseUploadTime"] = str(data.get("enterpriseUploadTime", ""))
    return bool(one.token)


def _strangers(one: YunnanTalk) -> None:
    report = one.talk.report
    for step_id, token in (("no-token", ""), ("bad-token", "0" * 32)):
        got = one.call("checkVersion", token=token)
        report.judge(step_id, got.code == "401", "checkVersion", got.said())
    got = one.send("checkVersion", build_body("checkVersion", FOREIGN_ENTERPRISE, {}))
    report.judge("foreign-enterprise", got.refused, FOREIGN_ENTERPRISE, got.said())


def _information(one: YunnanTalk) -> None:
    report = one.talk.report
    got = one.call("checkVersion")
    told = [str(_data(got).get(name) or "") for name in ("regVersion", "dicVersion")]
    holds = got.accepted and all(0 < len(version) <= VERSION_LENGTH for version in told)
    report.judge("versions", holds, "checkVersion", f"{got.said()}, {told}")
    one.versions = Versions(*(version[:VERSION_LENGTH] for version in told))
    got = one.call("platformAccessURL")
    missing = [name for name in ADDRESSES if not _data(got).get(name)]
    said = f"{got.said()}; 缺少 / missing: {missing}; "
    said += f"未提供 / not offered: {[name for name in OTHER_ADDRESSES if not _data(got).get(name)]}"
    report.judge("addresses", got.accepted and not missing, "platformAccessURL", said)
    got = one.call("dataDownload", itemIndex="8")
    entries = _entries(_data(got))
    report.judge("dictionary", got.accepted and entries > 0, "itemIndex 8", f"{got.said()}, {entries} entries")


def _configuration(one: YunnanTalk) -> None:
    """Add, change and delete a process of our own, then add the item of the check."""
    report, plan = one.talk.report, one.talk.plan
    process = {"processCode": PROCESS, "processName": sample.NAME, "remark": sample.REMARK}
    added = one.call("processConfigure/add", **process)
    index = str(_data(added).get("dataIndex") or "")
    if added.accepted and index:
        rest = [one.call(f"processConfigure/{verb}", **process, dataIndex=index) for verb in ("update", "delete")]
        said = "; ".join(got.said() for got in (added, *rest))
        report.judge("configuration", all(got.accepted for got in rest), "processConfigure add, update, delete", said)
        report.left_behind.append(f"工序 {PROCESS}（已删除） / a process, deleted again")
    else:
        report.judge("configuration", False, "processConfigure/add", f"{added.said()}, dataIndex {index!r}")
    got = one.call("processConfigure/update", **process, dataIndex="0" * 32)
    report.judge("unknown-index", got.refused, "dataIndex 000…", got.said())
    code = to_wire_code(plan.data_code)
    answers = [
        one.call("dataCollectConfigure/add", collectItemName=sample.NAME, dataCode=code, inputType="4",
                 statType=stat_type, scope="1", collectSystemName=sample.SYSTEM, remark=sample.REMARK)
        for stat_type in "01"
    ]  # fmt: skip
    has_index = all(got.accepted and _data(got).get("dataIndex") for got in answers)
    report.judge("item", has_index, code, "; ".join(got.said() for got in answers))
    report.left_behind.append(f"采集数据项 {code}「{sample.NAME}」 / a data item")


def _energy(one: YunnanTalk) -> None:
    talk, report = one.talk, one.talk.report
    steps = ("energy", "energy-resend", "energy-extra-fields", "energy-incomplete", "energy-too-long")
    if talk.plan.dry_run:
        for step_id in steps:
            report.pass_over(step_id, "not run", "--dry-run")
        return
    got = one.send("dataEnterpriseEnergy", _record(one))
    told = str(_data(got).get("platformTime") or "")
    report.judge("energy", got.accepted and bool(told), f"statType 1, {talk.plan.day}", f"{got.said()}, {told}")
    if got.accepted:
        report.left_behind.append(f"{talk.plan.data_code} {talk.plan.day} 的模拟日数据 / a simulated day record")
    got = one.send("dataEnterpriseEnergy", _record(one))
    report.judge("energy-resend", got.accepted, "同一条 / the same record", got.said())
    got = one.send("dataEnterpriseEnergy", _record(one, id=77, status="1", extra=None))
    report.judge("energy-extra-fields", got.accepted, "id, status, extra: null", got.said())
    got = one.send("dataEnterpriseEnergy", _record(one, dataValue=""))
    report.judge("energy-incomplete", got.refused, 'dataValue: ""', got.said())
    got = one.send("dataEnterpriseEnergy", _record(one, dataValue="0.10000000000000000001"))
    report.judge("energy-too-long", got.refused, "dataValue: 22 characters", got.said())


def _record(one: YunnanTalk, **changes: object) -> bytes:
    plan = one.talk.plan
    start = datetime(plan.day.year, plan.day.month, plan.day.day)  # noqa: DTZ001  wall time, as on the wire
    record = sample.record(plan.data_code, "1", start, "0.1")
    fields = energy_fields(record, upload_date=one.talk.now(), convert_ratio="1", remark=sample.REMARK)
    body = build_body("dataEnterpriseEnergy", plan.enterprise_code, fields, one.versions)
    return json.dumps(json.loads(body) | changes, ensure_ascii=False).encode()


def _edges(one: YunnanTalk) -> None:
    probe, report = one.talk.probe, one.talk.report
    got = probe.send("POST", one.url("noSuchOperation"), b"{}", JSON_HEADERS)
    report.judge("unknown-operation", got.survived and not got.accepted, one.url("noSuchOperation"), got.said())
    body = build_body("enterpriseInfo/rwk", one.talk.plan.enterprise_code, {})
    got = probe.send("POST", one.url("enterpriseInfo/rwk"), body, {"Content-Type": "text/plain"})
    report.judge("wrong-content-type", got.survived, "text/plain", got.said())
    got = probe.send("POST", one.url("enterpriseInfo/rwk"), body[:-4], JSON_HEADERS)
    report.judge("broken-json", got.survived and not got.accepted, '{"enterpriseCode": …', got.said())


def _data(got: Exchange) -> dict[str, Any]:
    data = got.answer.get("data")
    return data if isinstance(data, dict) else {}


def _entries(part: object) -> int:
    """Count dictionary entries: objects with a code and a name."""
    if isinstance(part, list):
        return sum(_entries(one) for one in part)
    if isinstance(part, dict):
        return ("code" in part and "name" in part) + sum(_entries(one) for one in part.values())
    return 0
