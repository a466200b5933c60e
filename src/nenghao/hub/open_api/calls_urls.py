"""Addresses below ``/api/``. This module, and the library that types the calls, load with the first of them."""

from __future__ import annotations

from django.urls import include, path, register_converter

from nenghao.hub.open_api.api import api_patterns, nothing_here


class Anything:
    """Whatever is left of an address, line breaks too: below ``/api/`` every answer has the API's form."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Give it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Give it as it is."""
        return value


register_converter(Anything, "anything")
urlpatterns = [
    path("v1/", include(api_patterns())),
    path("", nothing_here),
    path("<anything:rest>", nothing_here),
]
