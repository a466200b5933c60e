"""Addresses of the chain of platforms."""

from django.urls import path

from nenghao.hub.chain import reconciliation_views, views

urlpatterns = [
    path("chain/", views.chain, name="chain"),
    path("chain/platforms/<str:platform_id>/decision/", views.decide, name="decide-platform"),
    path("chain/upstreams/<int:upstream_id>/<str:action>/", views.act, name="chain-act"),
    path("chain/reconciliation/", reconciliation_views.reconciliation, name="chain-reconciliation"),
    path("chain/days/<int:upstream_id>/<str:code>/<str:day>/", reconciliation_views.again, name="chain-day"),
]
