"""Addresses of the chain of platforms."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
