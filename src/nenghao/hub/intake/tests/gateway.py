"""A gateway written from the field tables alone: plain dictionaries and ``json``, none of our codec."""

from __future__ import annotations

import json

from django.utils import timezone

from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.services import decide_device

CODE = "91370600MA3C000017"


class Gateway:
    """A third party's gateway: plain dictionaries and ``json``, none of our codec."""

    def __init__(self, client, prefix="/nhjc"):
        self.client, self.prefix = client, prefix
        self.code, self.device_id = CODE, ""

    def post(self, operation, message, **extra):
        """Post a message (or raw bytes) and give the answer; the transport must always be HTTP 200 with JSON."""
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        response = self.client.post(f"{self.prefix}/{operation}", raw, content_type="application/json", **extra)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
        answer = json.loads(response.content)
        assert answer["responseCode"] in ("0", "1")
        assert isinstance(answer["responseMessage"], str)
        return answer

    def register(self, **extra):
        answer = self.post("register", {"enterpriseCode": self.code, "region": "370600"} | extra)
        self.device_id = answer.get("deviceId", self.device_id)
        return answer

    def approve(self):
        decide_device(actor=Actor.command("test"), now=timezone.now(), device_id=self.device_id, status="approved")

    def configure(self, *items, **lists):
        return self.post("uploadConfigData", self.signed(collectItemConfig=list(items), **lists))

    def upload(self, *records, **extra):
        return self.post("uploadEnergyData", self.signed(data=list(records)) | extra)

    def signed(self, **content):
        return {"deviceId": self.device_id, "enterpriseCode": self.code} | content


def item(energy="023300", usage="10", stat_type="0", scope="1", process="00", unit="00", **extra):
    return {
        "name": f"item {energy}", "processCode": process, "processUnitCode": unit, "equipmentCode": "00",
        "equipmentUnitCode": "00", "energyClassCode": energy[:2], "energyTypeCode": energy[2:],
        "dataUsageCode": usage, "inputType": "4", "statType": stat_type, "scope": scope,
    } | extra  # fmt: skip


def record(value="0.5", when="2026-03-04 00:00:00", stat_type="0", code="00-00-0000-023300-10", **extra):
    return {
        "dataCode": code, "dataValue": value, "inputType": "4", "statType": stat_type, "statDate": when,
        "uploadDate": "2026-03-05 09:00:00", "scope": "1", "valid": "1",
    } | extra  # fmt: skip
