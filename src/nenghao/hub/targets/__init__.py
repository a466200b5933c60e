"""Targets of total and intensity (双控目标): decomposition, progress, grading, assessment."""
