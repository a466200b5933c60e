"""Unit consumption against quota standards (限额对标): verdicts, ranking, leaders, benchmarking."""
