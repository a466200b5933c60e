"""Addresses of an enterprise's registers."""

from django.urls import path

from nenghao.hub.registry import views

urlpatterns = [
    path("enterprises/<str:code>/registry/", views.registry, name="registry"),
    path("enterprises/<str:code>/registry/<slug:table>/", views.registry, name="registry-table"),
    path("enterprises/<str:code>/data-items/<str:data_code>/total/", views.choose, name="choose-total"),
    path("enterprises/<str:code>/equipment/<int:equipment_id>/nameplate/", views.nameplate, name="equipment-nameplate"),
]
