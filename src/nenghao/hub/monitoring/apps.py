"""Django's handle on the app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Names the app ``monitoring``; it has pages and template tags, no tables."""

    name = "nenghao.hub.monitoring"
    label = "monitoring"
