"""Django's handle on the app."""

from django.apps import AppConfig


class QualityRulesConfig(AppConfig):
    """Names the app ``quality_rules``."""

    name = "nenghao.hub.quality_rules"
    label = "quality_rules"
