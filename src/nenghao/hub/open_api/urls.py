"""Addresses of the open API and of its pages."""

from django.urls import include, path

from nenghao.hub.open_api import feedback_views, views
from nenghao.hub.open_api.api import api_patterns, nothing_here

urlpatterns = [
    path("api/v1/", include((api_patterns(), "open-api"))),
    path("api/", nothing_here),
    path("api/<path:rest>", nothing_here),
    path("data-access/", views.access, name="api-access"),
    path("data-access/documentation/", views.documentation, name="api-documentation"),
    path("data-access/tokens/<int:token_id>/revoke/", views.revoke, name="api-token-revoke"),
    path("data-access/feedback/", feedback_views.feedback_list, name="api-feedback"),
    path("data-access/feedback/<int:feedback_id>/", feedback_views.feedback, name="api-feedback-one"),
]
