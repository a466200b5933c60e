"""Energy data under all habits that clients have, then the downloads: what the platform says it kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import msgspec

from nenghao.cli.conformance import sample
from nenghao.cli.conformance.probe import Exchange
from nenghao.cli.conformance.talk import Talk
from nenghao.periods import BEIJING
from nenghao.protocol import EnergyRecord
from nenghao.protocol.recovery import build_data_download
from nenghao.protocol.sm4 import looks_encrypted, sm4_decrypt_fields

FOREIGN_DEVICE = "序列号与企业统一社会信用代码不符"
NOT_DECIPHERED = "解密失败"
FOREIGN_ENTERPRISE = "91000000MA00000000"
ENERGY_STEPS = (
    "energy", "energy-resend", "energy-extra-fields", "energy-numbers", "energy-number-codes", "energy-valid-words",
    "energy-upper-hex", "energy-big-batch", "energy-bad-record", "energy-broken-cipher", "energy-nothing-lost",
)  # fmt: skip
Change = Callable[[dict[str, Any]], None]
LAST_DAY = 21
NO_CIPHER = "该规格不加密 / this profile does not encrypt"


def try_energy(talk: Talk) -> None:
    """Send a day of simulated data, then the same in every way that a platform must bear."""
    _foreign(talk)
    has_no_key = talk.profile.encrypts and not talk.registered.secret_key
    if talk.plan.dry_run or has_no_key:
        for step_id in ENERGY_STEPS:
            talk.report.pass_over(step_id, "not run", "没有密钥 / no secretKey" if has_no_key else "--dry-run")
        return
    plan, report = talk.plan, talk.report
    records = sample.day_records(plan.data_code, plan.day, talk.profile)
    body = talk.energy_body(records)
    got = talk.energy(body)
    if report.judge("energy", got.accepted, f"{len(records)} records of {plan.day}", got.said()):
        talk.sent += records
        days = f"{plan.day} … {plan.day + timedelta(days=LAST_DAY)}"
        report.left_behind.append(f"{plan.data_code} {days}：模拟的实时、日、月数据 / simulated rows")
    again = talk.energy(talk.energy_body(records))
    report.judge("energy-resend", again.accepted, "同一批再次发送 / the same batch again", again.said())
    for offset, (step_id, tried, change) in enumerate(_habits(talk), start=1):
        _variant(talk, step_id, tried, talk.energy_body(_of_day(talk, offset)), change)
    _valid_words(talk)
    _broken_cipher(talk)
    _big_batch(talk)
    _bad_record(talk)


def _of_day(talk: Talk, offset: int) -> list[EnergyRecord]:
    """Give real-time rows and day record of a later day, so that one habit is not judged by what another left."""
    day = talk.plan.day + timedelta(days=offset)
    return [r for r in sample.day_records(talk.plan.data_code, day, talk.profile) if r.stat_type != "2"]


def _habits(talk: Talk) -> list[tuple[str, str, Change]]:
    """Give what clients do that a platform must bear; what the profile rules out is written down as such."""
    report, profile = talk.report, talk.profile
    found: list[tuple[str, str, Change]] = [
        ("energy-extra-fields", "id, unit, status, remark, extra: null", sample.with_extra_fields)
    ]
    if profile.encrypts:
        for step_id in ("energy-numbers", "energy-number-codes"):
            report.pass_over(step_id, "not run", "密文均为文本 / ciphertext is text anyway")
        return [*found, ("energy-upper-hex", "A-F", sample.with_upper_hex(profile))]
    report.pass_over("energy-upper-hex", "not run", NO_CIPHER)
    return [
        *found,
        ("energy-numbers", "dataValue: 0.001", sample.with_number_values),
        ("energy-number-codes", "statType: 0, scope: 1, inputType: 4", sample.with_number_codes),
    ]


def _valid_words(talk: Talk) -> None:
    profile, secret_key = talk.profile, talk.registered.secret_key
    words: list[object] = [word for word in sorted(profile.valid_values) if word in ("0", "1")]
    words += [word == "true" for word in sorted(profile.valid_values) if word in ("true", "false")]
    bodies = [talk.energy_body(_of_day(talk, 10 + n)) for n in range(len(words))]
    answers = [
        talk.energy(sample.changed_rows(body, sample.with_valid(word, profile, secret_key)))
        for body, word in zip(bodies, words, strict=True)
    ]
    said = "; ".join(f"{json.dumps(word)}: {got.said()}" for word, got in zip(words, answers, strict=True))
    talk.report.judge("energy-valid-words", all(got.accepted for got in answers), json.dumps(words), said)


def _broken_cipher(talk: Talk) -> None:
    report, profile = talk.report, talk.profile
    if not profile.encrypts:
        report.pass_over("energy-broken-cipher", "not run", NO_CIPHER)
        return
    body = talk.energy_body(_of_day(talk, 20))
    got = talk.energy(sample.changed_rows(body, sample.with_broken_cipher(profile)))
    known = got.refused and NOT_DECIPHERED in got.message
    report.judge("energy-broken-cipher", known, "00112233445566778899aabbccddeeff", got.said())


def _variant(talk: Talk, step_id: str, tried: str, body: bytes, change: Change) -> None:
    got = talk.energy(sample.changed_rows(body, change))
    talk.report.judge(step_id, got.accepted, tried, got.said())


def _foreign(talk: Talk) -> None:
    """The device sends for another enterprise; without records, so that nothing can be kept by mistake."""
    foreign = {"deviceId": talk.registered.device_id, "enterpriseCode": FOREIGN_ENTERPRISE, "data": []}
    got = talk.energy(json.dumps(foreign).encode())
    known = got.refused and FOREIGN_DEVICE in got.message
    talk.report.judge("energy-foreign", known, FOREIGN_ENTERPRISE, got.said())


def _big_batch(talk: Talk) -> None:
    plan = talk.plan
    records = sample.many_records(plan.data_code, plan.day, plan.big_batch)
    got = talk.energy(talk.energy_body(records))
    said = f"{got.said()}, {got.seconds:.1f} s"
    if talk.report.judge("energy-big-batch", got.accepted, f"{len(records)} records", said):
        talk.sent += records
        talk.report.left_behind.append(
            f"{plan.data_code} {plan.day} 之前 {len(records)} 天的日数据 / day records of the days before"
        )


def _bad_record(talk: Talk) -> None:
    """One record with a date that is none, between good ones."""
    first, middle, last = _of_day(talk, 21)[:3]
    spoiled = msgspec.structs.replace(middle, stat_date="2015-13-41")
    got = talk.energy(talk.energy_body([first, spoiled, last]))
    kept = got.accepted and got.answer.get("accepted", 2) == 2
    talk.report.judge("energy-bad-record", kept, "statDate 2015-13-41", got.said())


def try_downloads(talk: Talk) -> None:
    """Ask for what was uploaded, where the platform offers it."""
    _download_config(talk)
    url = talk.registered.load_config_url
    if url:
        got = talk.post(url, talk.who())
        talk.report.judge("load-config", got.accepted, url, got.said())
    else:
        talk.report.pass_over("load-config", "not offered", "loadConfigURL")
    if talk.sent:
        _download_data(talk)


def _download_config(talk: Talk) -> None:
    url = talk.registered.center_info_download_url
    if not url:
        talk.report.pass_over("download-config", "not offered", "centerInfoDownloadURL")
        return
    got = talk.post(url, talk.who())
    parts = talk.plan.data_code.replace("-", "")
    holds = got.accepted and (not talk.registered.center_info_url or parts in _codes(got.answer))
    talk.report.judge("download-config", holds, url, f"{got.said()}, {len(got.body)} bytes")


def _codes(answer: object) -> set[str]:
    """Give the digits of every data code found anywhere in an answer, whole or in its seven parts."""
    names = (
        "processCode", "processUnitCode", "equipmentCode", "equipmentUnitCode", "energyClassCode", "energyTypeCode",
        "dataUsageCode",
    )  # fmt: skip
    if isinstance(answer, list):
        return {code for part in answer for code in _codes(part)}
    if not isinstance(answer, dict):
        return set()
    found = {code for part in answer.values() for code in _codes(part)}
    found |= {str(answer[name]).replace("-", "") for name in ("dataCode", "code") if answer.get(name)}
    if all(answer.get(name) for name in names):
        found.add("".join(str(answer[name]) for name in names))
    return found


def _download_data(talk: Talk) -> None:
    url = talk.registered.center_data_download_url
    if not url:
        talk.report.pass_over("energy-nothing-lost", "not offered", "centerDataDownloadURL")
        return
    start = datetime.combine(talk.plan.day, time(), BEIJING)
    asked = {"start": start, "end": start + timedelta(days=1), "stat_types": [0]}
    body = build_data_download(talk.registered.device_id, talk.plan.enterprise_code, **asked)
    got = talk.post(url, body)
    wanted = {r.stat_date for r in talk.sent if r.stat_type == "0"}
    lost = wanted - _plain_dates(talk, got)
    said = f"{got.said()}, 未见 / missing {len(lost)} of {len(wanted)}"
    talk.report.judge("energy-nothing-lost", got.accepted and not lost, f"{url} {talk.plan.day}", said)


def _plain_dates(talk: Talk, got: Exchange) -> set[str]:
    """Give the period starts of the records of a download, deciphered where they are not plain."""
    rows = got.answer.get("data")
    texts = [str(row.get("statDate", "")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    key = talk.registered.secret_key
    secret = [text for text in texts if key and looks_encrypted(text)]
    plain = {text for text in texts if text not in secret}
    return plain | {text for text in (sm4_decrypt_fields(secret, key) if secret else ()) if text}
