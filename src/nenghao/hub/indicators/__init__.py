"""The monitoring indicator system (监测指标体系): definitions, values, comparisons."""
