"""A gateway of dialect B written from the field tables alone: plain dictionaries, ``json``, and its own SM4 block."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC
from django.utils import timezone

from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.snapshot import get_snapshot
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.services import decide_device

CODE = "91370600MA3C000017"
PIN = "135246"
LICENCE = "iVBORw0KGgoAAAANSUhEUg=="
"""The first bytes of a PNG."""


class Gateway:
    """Speaks to the hub through Django's test client; the transport must always be HTTP 200 with JSON."""

    def __init__(self, client, code=CODE, pin=PIN):
        self.client, self.code, self.pin = client, code, pin
        self.token = self.key = ""
        self.versions = {}

    def post(self, path, message=None, **extra):
        raw = message if isinstance(message, bytes) else json.dumps(self.own(message)).encode()
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.token}"} if self.token else {}
        response = self.client.post(
            f"/YNEnergy/{path}", raw, content_type="application/json", **(headers | extra)
        )  # fmt: skip
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
        answer = json.loads(response.content)
        assert isinstance(answer["responseCode"], int)
        assert isinstance(answer["responseMessage"], str)
        assert isinstance(answer["data"], dict)
        return answer

    def own(self, message):
        return {"enterpriseCode": self.code} | self.versions | (message or {})

    def good(self, path, message=None, **extra):
        answer = self.post(path, message, **extra)
        assert answer["responseCode"] == 200, answer
        return answer["data"]

    def why(self, path, message=None, **extra):
        """Give (responseCode, reason, field) of a refusal."""
        answer = self.post(path, message, **extra)
        first = answer["data"]["rejected"][0]
        assert first["code"] != "internal-error"
        return answer["responseCode"], first["code"], first.get("field", "")

    def password(self):
        if not self.key:
            self.key = self.good("enterpriseInfo/rwk")["secretKey"]
        cipher = Cipher(SM4(self.key.encode()), CBC(self.code[:16].encode())).encryptor()
        return cipher.update(f"06{self.pin}FFFFFFFF".encode()).hex().upper()

    def apply(self, **extra):
        return self.good("enterpriseInfo/apply", self.form(**extra))["dataIndex"]

    def form(self, **extra):
        return {
            "password": self.password(), "isorg": "0", "cmpName": "示范钢铁", "address": "烟台市芝罘区1号",
            "zipCode": "264000", "corporationName": "张三", "license": LICENCE, "registerAddress": "烟台市",
            "registerDate": "2010-05-01", "registerPrincipal": "1000", "typeCode": "110", "industryCode": "C31",
            "fieldCode": "100", "energyConsumeLevel": "4", "center": "0", "jgzh": "0", "latitude": "37.5",
            "longitude": "121.4", "phone": "0535-1234567", "fax": "0535-1234568", "email": "a@b.cn",
            "productionLine": "一条", "leadingProduct": "钢材",
        } | extra  # fmt: skip

    def approve(self, status="approved"):
        device = Device.objects.filter(enterprise__code=self.code).order_by("-pk").first()
        decide_device(
            actor=Actor.command("test"), now=timezone.now(), device_id=device.device_id, status=status, reason="x"
        )
        get_snapshot().forget_look()  # a test's transaction never commits, which is what tells the snapshot
        return device

    def request_token(self):
        got = self.good("requestAK", {"password": self.password()})
        self.token = got["token"]
        return got

    def enrol(self):
        """Key, application, approval, token, versions."""
        self.apply()
        self.approve()
        self.request_token()
        told = self.good("checkVersion")
        self.versions = {name: told[name] for name in ("regVersion", "dicVersion")}
        return self

    def configure(self, stat_type="1", **extra):
        return self.good("dataCollectConfigure/add", item(stat_type, **extra))["dataIndex"]


def item(stat_type="1", digits="0000000002330010", **extra):
    return {
        "collectItemName": "全厂电力", "dataCode": digits, "inputType": "4", "statType": stat_type, "scope": "1",
    } | extra  # fmt: skip


def record(value="0.5", when="2026-03-04 00:00:00", stat_type="1", digits="0000000002330010", **extra):
    return {
        "dataCode": digits, "dataValue": value, "convertRation": "1.229", "valid": "1", "scope": "1", "inputType": "4",
        "statType": stat_type, "statDate": when, "uploadDate": "2026-03-05 16:10:00",
    } | extra  # fmt: skip


GAUGE = {
    "meterName": "关口电能表", "meterType": "01020304", "meterLevel": "1", "manageNo": "007", "params": "3300",
    "dataCode": "0000000002330010", "reportArithmetic": "1", "reportRatio": "1", "precisionLevel": "0.5S",
    "lastAlignDate": "2026-01-10 00:00:00", "nextAlignDate": "2027-01-10 00:00:00", "alignOrg": "烟台计量所",
    "serNo": "SN-1", "currentState": "1", "installTime": "2020-01-01 00:00:00",
}  # fmt: skip
