"""Words of the pages about targets."""
