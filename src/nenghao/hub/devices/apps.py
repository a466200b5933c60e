"""Django's handle on the app."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Names the app ``devices``; its table is the registry's."""

    name = "nenghao.hub.devices"
    label = "devices"
