"""Addresses of the open API and of its pages."""

from django.urls import include, path, register_converter

from nenghao.hub.open_api import feedback_views, views
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
    path("api/v1/", include((api_patterns(), "open-api"))),
    path("api/", nothing_here),
    path("api/<anything:rest>", nothing_here),
    path("data-access/", views.access, name="api-access"),
    path("data-access/documentation/", views.documentation, name="api-documentation"),
    path("data-access/tokens/<int:token_id>/revoke/", views.revoke, name="api-token-revoke"),
    path("data-access/feedback/", feedback_views.feedback_list, name="api-feedback"),
    path("data-access/feedback/<int:feedback_id>/", feedback_views.feedback, name="api-feedback-one"),
]
