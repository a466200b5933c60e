"""Django's handle on the app."""

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Names the app ``quotas``."""

    name = "nenghao.hub.quotas"
    label = "quotas"
