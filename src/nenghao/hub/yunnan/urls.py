"""Addresses of dialect B (Yunnan)."""

from django.urls import path

from nenghao.hub.yunnan.views import wire
from nenghao.protocol.yunnan import BASE_PATH

urlpatterns = [
    path(f"{BASE_PATH}/<path:operation>", wire),
]
