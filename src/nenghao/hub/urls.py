"""All addresses of the hub; each app brings its own."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
]
