"""Django's handle on the app."""

from django.apps import AppConfig


class QualityChecksConfig(AppConfig):
    """Names the app ``quality_checks``."""

    name = "nenghao.hub.quality_checks"
    label = "quality_checks"
