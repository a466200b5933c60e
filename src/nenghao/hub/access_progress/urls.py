"""Addresses of the app."""

from __future__ import annotations

from django.urls import path

from nenghao.hub.access_progress.views import (
    acceptance,
    devices,
    enterprise,
    exemptions,
    organisation,
    progress,
    tickets,
)

ENTERPRISE = "access/enterprises/<str:code>/"

urlpatterns = [
    path("access/", progress.progress, name="access-progress"),
    path("access/plans/", progress.plans, name="access-plans"),
    path("access/plans/template/", progress.plan_template, name="access-plan-template"),
    path("access/plans/import/", progress.import_plans, name="access-plan-import"),
    path("access/settings/<str:region_code>/", progress.setting, name="access-setting"),
    path(ENTERPRISE, enterprise.enterprise, name="access-enterprise"),
    path(f"{ENTERPRISE}plan/", enterprise.save_plan, name="access-plan-save"),
    path(f"{ENTERPRISE}milestone/", enterprise.enter_milestone, name="access-milestone"),
    path(f"{ENTERPRISE}delay/", enterprise.explain_delay, name="access-delay"),
    path(f"{ENTERPRISE}tickets/", enterprise.open_ticket, name="access-ticket-open"),
    path(f"{ENTERPRISE}exemptions/", enterprise.grant_exemption, name="access-exemption-grant"),
    path(f"{ENTERPRISE}acceptance/", enterprise.start_acceptance, name="access-acceptance-start"),
    path("access/devices/", devices.devices, name="access-devices"),
    path("access/tickets/", tickets.tickets, name="access-tickets"),
    path("access/tickets/<int:ticket_id>/", tickets.ticket, name="access-ticket"),
    path("access/exemptions/", exemptions.exemptions, name="access-exemptions"),
    path("access/exemptions/<int:exemption_id>/end/", exemptions.end_exemption, name="access-exemption-end"),
    path("access/acceptance/", acceptance.acceptances, name="access-acceptance"),
    path("access/acceptance/<int:acceptance_id>/", acceptance.acceptance, name="access-acceptance-one"),
    path("access/acceptance/<int:acceptance_id>/answers/", acceptance.answer, name="access-acceptance-answer"),
    path("access/acceptance/<int:acceptance_id>/step/", acceptance.advance, name="access-acceptance-step"),
    path("access/acceptance/regions/<str:region_code>/", acceptance.start_region, name="access-acceptance-region"),
    path("access/organisation/", organisation.organisation, name="access-organisation"),
    path("access/organisation/<str:region_code>/", organisation.region, name="access-region"),
]
