"""Django's handle on the app."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Names the app ``credit``."""

    name = "nenghao.hub.credit"
    label = "credit"
