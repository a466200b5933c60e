"""Addresses of the wire: the same operations under the prefix of every province profile, or at the root."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.intake.addresses import PREFIXES, ROOT_NAMES
from nenghao.hub.intake.views import wire

urlpatterns = [
    *(path(f"{prefix}/<path:operation>", wire) for prefix in PREFIXES),
    *(path(name, wire, {"operation": name}) for name in sorted(ROOT_NAMES)),
]
