"""Django's handle on the app."""

from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    """Names the app ``bulletins``."""

    name = "nenghao.hub.bulletins"
    label = "bulletins"
