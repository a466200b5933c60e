"""What a supervisor decides (节能监察), as plain functions: quota verdicts. Pure: no clock, no input or output."""

from nenghao.supervision.book import QuotaBook, quota_book
from nenghao.supervision.columns import VerdictColumns, judge_many
from nenghao.supervision.quota import Question, judge
from nenghao.supervision.verdict import BenchmarkLevel, QuotaVerdict, Step

__all__ = [
    "BenchmarkLevel", "Question", "QuotaBook", "QuotaVerdict", "Step", "VerdictColumns", "judge", "judge_many",
    "quota_book",
]  # fmt: skip
