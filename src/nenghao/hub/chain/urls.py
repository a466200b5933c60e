"""Addresses of the chain of platforms."""

from django.urls import path

from nenghao.hub.chain import platform_page, policy_page, reconciliation_views, views

urlpatterns = [
    path("chain/", views.chain, name="chain"),
    path("chain/platforms/<str:platform_id>/", platform_page.platform, name="platform"),
    path("chain/platforms/<str:platform_id>/decision/", views.decide, name="decide-platform"),
    path("chain/platforms/<str:platform_id>/acts/<slug:action>/", platform_page.act, name="platform-act"),
    path("chain/upstreams/<int:upstream_id>/policy/", policy_page.policy, name="chain-policy"),
    path("chain/upstreams/<int:upstream_id>/<str:action>/", views.act, name="chain-act"),
    path("chain/reconciliation/", reconciliation_views.reconciliation, name="chain-reconciliation"),
    path("chain/reconciliation/<slug:link_key>/<str:code>/<str:day>/", reconciliation_views.items, name="chain-items"),
    path("chain/days/<int:upstream_id>/<str:code>/<str:day>/", reconciliation_views.again, name="chain-day"),
]
