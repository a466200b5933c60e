"""Django's handle on the app."""

from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    """Names the app ``corrections``."""

    name = "nenghao.hub.corrections"
    label = "corrections"
