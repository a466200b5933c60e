"""Devices (接入设备): the list of an account's node, approval, refusal, revocation."""
