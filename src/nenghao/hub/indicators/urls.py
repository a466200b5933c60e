"""Addresses of indicators."""

from django.urls import path

from nenghao.hub.indicators import definition_views, views

urlpatterns = [
    path("indicators/", views.home, name="indicators"),
    path("indicators/regions/<str:code>/", views.region, name="indicators-region"),
    path("indicators/regions/<str:code>/<slug:indicator>/", views.indicator, name="indicator"),
    path("indicators/enterprises/<str:code>/", views.enterprise, name="indicators-enterprise"),
    path("indicators/definitions/", definition_views.definitions, name="indicator-definitions"),
    path("indicators/definitions/new/", definition_views.edit, name="indicator-new"),
]
