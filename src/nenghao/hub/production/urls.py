"""Addresses of what enterprises make and earn."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
