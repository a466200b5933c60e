"""Django's handle on the app."""

from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    """Names the app ``analysis``."""

    name = "nenghao.hub.analysis"
    label = "analysis"
