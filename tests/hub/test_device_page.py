"""The page of one device, whatever is known of it."""

from __future__ import annotations

from django.utils import timezone

from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.services import register_device


def test_a_device_that_has_only_registered_has_a_page(yantai, browse):
    device = register_device(actor=Actor.command("test"), now=timezone.now(), enterprise=yantai.enterprise)
    answer = browse(yantai.officer).get(f"/devices/{device.device_id}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert device.device_id in page
    assert yantai.enterprise.name in page
