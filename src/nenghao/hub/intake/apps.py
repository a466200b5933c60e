"""Django's handle on the app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Names the app ``intake`` and listens for decisions on devices and platforms."""

    name = "nenghao.hub.intake"
    label = "intake"

    def ready(self) -> None:
        """Let a device's approval or revocation, made in this process, count at once."""
        from django.db.models.signals import post_save  # noqa: PLC0415  models exist only now

        from nenghao.hub.chain.models import Platform  # noqa: PLC0415
        from nenghao.hub.intake import snapshot  # noqa: PLC0415
        from nenghao.hub.registry.models import Device  # noqa: PLC0415

        post_save.connect(snapshot.device_saved, sender=Device, dispatch_uid="intake-snapshot")
        post_save.connect(snapshot.device_saved, sender=Platform, dispatch_uid="intake-snapshot-platform")
