"""Addresses of the quality pages: place and period are the address, so that a link can be sent."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.quality_review import views

ENTERPRISE = "quality/enterprises/<str:code>/"

urlpatterns = [
    path("quality/", views.home, name="quality"),
    path("quality/regions/<str:code>/", views.region, name="quality-region"),
    path(ENTERPRISE, views.enterprise, name="quality-enterprise"),
    path(f"{ENTERPRISE}comparisons/<slug:check_code>/", views.compare, name="quality-comparison"),
    path(f"{ENTERPRISE}items/<str:data_code>/", views.item, name="quality-item"),
    path(f"{ENTERPRISE}items/<str:data_code>/interval/", views.interval, name="quality-interval"),
]
