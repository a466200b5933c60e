"""Django's handle on the app."""

from django.apps import AppConfig


class EnergyAccountsConfig(AppConfig):
    """Names the app ``energy_accounts``."""

    name = "nenghao.hub.energy_accounts"
    label = "energy_accounts"
