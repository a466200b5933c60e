"""Django's handle on the app."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Names the app ``evidence``; follows what gateways configure about meters."""

    name = "nenghao.hub.evidence"
    label = "evidence"

    def ready(self) -> None:
        """Look at meters again whenever a gateway's configuration changed them or the items they feed."""
        # Models can be imported only once every app is known.
        from nenghao.hub.evidence.standing import follow_configuration  # noqa: PLC0415
        from nenghao.hub.registry.configuration import configuration_put  # noqa: PLC0415

        configuration_put.connect(follow_configuration, dispatch_uid="evidence-standing")
