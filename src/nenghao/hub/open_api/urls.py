"""Addresses of the pages of the open API; the calls' own are in :mod:`nenghao.hub.open_api.calls_urls`."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.open_api import feedback_views, views

urlpatterns = [
    path("data-access/", views.access, name="api-access"),
    path("data-access/documentation/", views.documentation, name="api-documentation"),
    path("data-access/tokens/<int:token_id>/revoke/", views.revoke, name="api-token-revoke"),
    path("data-access/feedback/", feedback_views.feedback_list, name="api-feedback"),
    path("data-access/feedback/<int:feedback_id>/", feedback_views.feedback, name="api-feedback-one"),
]
