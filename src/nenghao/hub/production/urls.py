"""Addresses of what enterprises make and earn."""

from django.urls import path

from nenghao.hub.production import views

ENTERPRISE = "production/enterprises/<str:code>/"

urlpatterns = [
    path("production/", views.production, name="production"),
    path(ENTERPRISE, views.enterprise, name="production-enterprise"),
    path(f"{ENTERPRISE}products/<str:product_code>/", views.product, name="product"),
    path(f"{ENTERPRISE}products/<str:product_code>/<str:period>/", views.output, name="product-output"),
]
