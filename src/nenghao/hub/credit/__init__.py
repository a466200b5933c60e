"""Credit list (信用名单): late building, missing upload, poor upkeep, from the proposal to the removal after cure."""
