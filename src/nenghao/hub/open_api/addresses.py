"""Where the calls of the open API lie: everything below ``/api/``."""

from __future__ import annotations

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern

# Named, not imported as ``include`` would: a hub that is asked nothing here starts a second earlier. Django looks into
# a namespace only for names that are in it.
CALLS = URLResolver(
    RoutePattern("api/"), "nenghao.hub.open_api.calls_urls", app_name="open-api", namespace="open-api"
)  # fmt: skip
