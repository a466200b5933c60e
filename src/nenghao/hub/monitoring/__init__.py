"""Monitoring (监测): region overview, enterprise page, upload log, and the frame that every page shares."""
