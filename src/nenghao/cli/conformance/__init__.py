"""The conformance kit: a gateway that tries any platform, and a platform that judges any gateway (docs/conformance.md).

Every step is described in ``*_steps.toml``; here it is tried or watched, and :mod:`report` keeps what came of it.
"""
