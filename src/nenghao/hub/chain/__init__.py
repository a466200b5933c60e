"""The chain of platforms: what this hub forwards upward, which platforms send to it, and the proof that both agree."""
