"""Django's handle on the app."""

from django.apps import AppConfig


class OpenApiConfig(AppConfig):
    """Names the app ``open_api``."""

    name = "nenghao.hub.open_api"
    label = "open_api"
