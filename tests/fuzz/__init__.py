"""Every endpoint of a served hub under fuzzing: ``make fuzz``, or ``python -m tests.fuzz.run`` from the repository."""
