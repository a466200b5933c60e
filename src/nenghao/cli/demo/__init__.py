"""The demonstration: one real plant, from its meters to the province's page, on one machine."""
