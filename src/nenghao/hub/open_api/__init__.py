"""The open API for other systems: tokens of an account's node, JSON, CSV and Arrow."""
