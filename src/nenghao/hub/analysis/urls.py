"""Addresses of analysis."""

from django.urls import path

from nenghao.hub.analysis import views

urlpatterns = [
    path("analysis/", views.home, name="analysis"),
    path("analysis/regions/<str:region_code>/", views.region, name="analysis-region"),
    path("analysis/enterprises/<str:enterprise_code>/", views.enterprise, name="analysis-enterprise"),
]
