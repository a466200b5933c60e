"""Words of statements in templates."""
