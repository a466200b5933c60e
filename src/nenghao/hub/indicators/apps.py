"""Django's handle on the app."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Names the app ``indicators``."""

    name = "nenghao.hub.indicators"
    label = "indicators"
