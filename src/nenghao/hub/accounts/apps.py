"""Django's handle on the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Names the app ``accounts``."""

    name = "nenghao.hub.accounts"
    label = "accounts"
