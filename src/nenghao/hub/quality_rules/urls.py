"""Addresses of rules and schemes."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.quality_rules import trial_views, views

urlpatterns = [
    path("rules/", views.editions, name="quality-rules"),
    path("rules/new/", views.new, name="quality-rules-new"),
    path("rules/built-in/<str:key>/", views.built_in, name="quality-rules-built-in"),
    path("rules/<int:edition_id>/", views.edition, name="quality-rules-edition"),
    path("rules/<int:edition_id>/edit/", views.edit, name="quality-rules-edit"),
    path("rules/<int:edition_id>/activate/", views.activate, name="quality-rules-activate"),
    path("rules/<int:edition_id>/retire/", views.retire, name="quality-rules-retire"),
    path("rules/<int:edition_id>/discard/", views.discard, name="quality-rules-discard"),
    path("rules/<int:edition_id>/trials/", trial_views.start, name="quality-rules-trial-start"),
    path("rules/<int:edition_id>/trials/<int:trial_id>/", trial_views.trial, name="quality-rules-trial"),
    path("enterprises/<str:code>/rules/", views.applied, name="quality-rules-applied"),
]
