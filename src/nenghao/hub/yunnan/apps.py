"""Django's handle on the app."""

from django.apps import AppConfig


class YunnanConfig(AppConfig):
    """Names the app ``yunnan``."""

    name = "nenghao.hub.yunnan"
    label = "yunnan"
