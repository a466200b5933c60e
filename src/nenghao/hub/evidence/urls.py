"""Addresses of the evidence pages."""

from django.urls import path

from nenghao.hub.evidence import views

ENTERPRISE = "evidence/enterprises/<str:code>/"

urlpatterns = [
    path("evidence/", views.evidence, name="evidence"),
    path(ENTERPRISE, views.enterprise, name="evidence-enterprise"),
    path(f"{ENTERPRISE}figures/", views.figures, name="figures"),
    path(f"{ENTERPRISE}import/<str:ledger>/", views.imports, name="evidence-import"),
    path(f"{ENTERPRISE}meters/<path:manage_code>/", views.meter, name="meter"),
]
