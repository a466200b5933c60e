"""Addresses of energy accounts."""

from django.urls import path

from nenghao.hub.energy_accounts import views

ENTERPRISE = "accounts-of-energy/enterprises/<str:code>/"

urlpatterns = [
    path("accounts-of-energy/", views.home, name="energy-accounts"),
    path("accounts-of-energy/regions/<str:code>/", views.region, name="energy-accounts-region"),
    path("accounts-of-energy/regions/<str:code>/equivalents/", views.equivalents, name="energy-equivalents"),
    path(ENTERPRISE, views.enterprise, name="energy-account"),
    path(f"{ENTERPRISE}balance/", views.balance, name="energy-balance"),
    path(f"{ENTERPRISE}trace/", views.trace, name="figure-trace"),
    path(f"{ENTERPRISE}rules/", views.rules, name="energy-account-rules"),
]
