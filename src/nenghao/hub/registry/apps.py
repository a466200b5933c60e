"""Django's handle on the app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Names the app ``registry``."""

    name = "nenghao.hub.registry"
    label = "registry"
