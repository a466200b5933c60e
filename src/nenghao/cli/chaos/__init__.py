"""Random kills and network faults against the real programs (混沌测试); the proof that nothing was lost or doubled."""
