"""Data that the demonstration carries: see ``data/ATTRIBUTION.md``."""
