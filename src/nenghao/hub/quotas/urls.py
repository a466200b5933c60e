"""Addresses of quota verdicts, rankings, benchmarking and leaders."""

from django.urls import path

from nenghao.hub.quotas import leader_views, views

ENTERPRISE = "quotas/enterprises/<str:code>/"

urlpatterns = [
    path("quotas/", views.quotas, name="quotas"),
    path("quotas/regions/<str:code>/", views.region, name="quotas-region"),
    path("quotas/regions/<str:code>/ranking/", views.ranking, name="quotas-ranking"),
    path(ENTERPRISE, views.enterprise, name="quotas-enterprise"),
    path(f"{ENTERPRISE}benchmarking/", views.benchmarking, name="quotas-benchmarking"),
    path(f"{ENTERPRISE}recompute/", views.recompute, name="quotas-recompute"),
    path("quotas/verdicts/<int:verdict_id>/", views.verdict, name="quotas-verdict"),
    path("quotas/leaders/", leader_views.leaders, name="leaders"),
    path("quotas/leaders/<int:application_id>/", leader_views.leader, name="leader"),
]
