"""Django's handle on the app."""

from django.apps import AppConfig


class AccessProgressConfig(AppConfig):
    """Names the app ``access_progress``."""

    name = "nenghao.hub.access_progress"
    label = "access_progress"
