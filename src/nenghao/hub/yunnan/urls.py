"""Addresses of dialect B (Yunnan)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
