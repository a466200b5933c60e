"""Addresses of corrections and closed months."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.corrections import closing_views, more_views, views

urlpatterns = [
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/decisions/", views.decisions, name="decide-corrections"),
    path("corrections/by-rule/", more_views.fill_by_rule, name="fill-by-rule"),
    path("corrections/closing/", closing_views.closing, name="closing"),
    path("corrections/<int:correction_id>/", views.correction, name="correction"),
    path("corrections/<int:correction_id>/decision/", views.decision, name="decide-correction"),
    path("enterprises/<str:code>/corrections/new/", views.new, name="correction-new"),
    path("enterprises/<str:code>/corrections/days/", more_views.fill_days, name="fill-days"),
    path("enterprises/<str:code>/closing/<str:period>/", closing_views.closing_report, name="closing-report"),
    path("enterprises/<str:code>/closing/<str:period>/reopen/", closing_views.reopen, name="reopen-month"),
]
