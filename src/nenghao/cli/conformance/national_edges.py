"""What a platform must survive: strangers, unknown operations, broken bodies; and the signatures that are ours."""

from __future__ import annotations

import json
from urllib.parse import urlsplit, urlunsplit

from nenghao.cli.conformance.talk import Talk
from nenghao.protocol import JSON_HEADERS, build_version_check

UNKNOWN_DEVICE = "0" * 32
NO_SIGNING = "signKey"


def try_edges(talk: Talk) -> None:
    """Try what needs no approval. Nothing of it may be kept, so none of it carries a record that could be."""
    report, url = talk.report, talk.registered.center_data_url
    stranger = {"deviceId": UNKNOWN_DEVICE, "enterpriseCode": talk.plan.enterprise_code, "data": []}
    got = talk.post(url, json.dumps(stranger).encode(), signed=False)
    report.judge("energy-unknown-device", got.refused, UNKNOWN_DEVICE, got.said())
    newcomer = {**stranger, "deviceId": "f" * 32}
    got = talk.post(url, json.dumps(newcomer).encode(), signed=False)
    report.judge("order", got.refused, "uploadEnergyData 先于 register / before register", got.said())
    odd = _sibling(url, "noSuchOperation")
    got = talk.probe.send("POST", odd, talk.who(), JSON_HEADERS)
    report.judge("unknown-operation", got.survived and not got.accepted, odd, got.said())
    body = talk.who(data=[])
    got = talk.probe.send("POST", url, body, {"Content-Type": "text/plain"})
    report.judge("wrong-content-type", got.survived, "text/plain", got.said())
    got = talk.probe.send("POST", url, body[:-9], JSON_HEADERS)
    report.judge("broken-json", got.survived and not got.accepted, '{"deviceId": …', got.said())


def _sibling(url: str, operation: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rsplit("/", 1)[0] + "/" + operation))


def try_signing(talk: Talk) -> None:
    """A right signature, a wrong one, the right one twice; only where the platform gave a key."""
    report = talk.report
    if not talk.registered.sign_key or not talk.registered.load_dic_version_url:
        report.pass_over("signature", "not offered", NO_SIGNING)
        report.pass_over("replay", "not offered", NO_SIGNING)
        return
    url, body = talk.registered.load_dic_version_url, build_version_check(talk.registered.device_id)
    headers = talk.signature(url, body)
    right = talk.probe.post(url, body, headers)
    again = talk.probe.post(url, body, headers)
    wrong = talk.probe.post(url, body, {**talk.signature(url, body), "X-Nenghao-Signature": "0" * 64})
    said = f"{right.said()}; {wrong.said()}"
    report.judge("signature", right.accepted and wrong.refused, "right; X-Nenghao-Signature 00…", said)
    report.judge("replay", again.refused, "X-Nenghao-Nonce", again.said())
