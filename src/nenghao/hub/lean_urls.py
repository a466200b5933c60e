"""Addresses of programs: health check, wires and open API, answered without the chain (``middleware.LeanPaths``).

They stand apart from the pages so that a hub takes uploads before the modules of its pages are loaded.
"""

from __future__ import annotations

from django.urls import include, path

from nenghao.hub.health import health
from nenghao.hub.open_api.addresses import CALLS
from nenghao.hub.yunnan.views import wire
from nenghao.protocol.yunnan import BASE_PATH

urlpatterns = [
    path("health", health, name="health"),
    path("", include("nenghao.hub.intake.urls")),
    path(f"{BASE_PATH}/<path:operation>", wire),
    CALLS,
]
