"""Addresses of the devices, and of what is done to one."""

from django.urls import path

from nenghao.hub.devices import views

urlpatterns = [
    path("devices/", views.devices, name="devices"),
    path("devices/<str:device_id>/", views.device, name="device"),
    path("devices/<str:device_id>/acts/<slug:action>/", views.act, name="device-act"),
    path("devices/<str:device_id>/decision/", views.decide, name="decide-device"),
]
