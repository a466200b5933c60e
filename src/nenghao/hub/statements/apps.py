"""Django's handle on the app."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """Names the app ``statements``."""

    name = "nenghao.hub.statements"
    label = "statements"
