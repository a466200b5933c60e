"""Django's handle on the app."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    """Names the app ``production``."""

    name = "nenghao.hub.production"
    label = "production"
