"""Addresses of the devices page."""

from django.urls import path

from nenghao.hub.devices import views

urlpatterns = [
    path("devices/", views.devices, name="devices"),
    path("devices/<str:device_id>/decision/", views.decide, name="decide-device"),
]
