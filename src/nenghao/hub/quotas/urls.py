"""Addresses of quotas and benchmarking."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
