"""Addresses of the wire: the same operations under the prefix of every province profile."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.intake.views import wire
from nenghao.protocol import Profile

PREFIXES = tuple(sorted({Profile.load(name).path_prefix for name in Profile.names()}))

urlpatterns = [path(f"{prefix}/<path:operation>", wire) for prefix in PREFIXES]
