"""Quarterly report and bulletin (季报与通报): generated from the data, edited by people, kept as issued."""
