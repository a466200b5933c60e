"""Data quality (数据质量): flags, checks, rule sets, scores, estimates. Pure: no clock, no store."""
