"""Django's handle on the app."""

from django.apps import AppConfig


class ChainConfig(AppConfig):
    """Names the app ``chain``."""

    name = "nenghao.hub.chain"
    label = "chain"
