"""The checks of one block of series: one pure function each, ``(view, rule) -> Cells`` of what is not good."""
