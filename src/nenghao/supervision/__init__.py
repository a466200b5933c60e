"""What a supervisor decides (节能监察), as plain functions: quota verdicts, outdated equipment.

Pure: no clock, no input or output.
"""

from nenghao.supervision.book import QuotaBook, quota_book
from nenghao.supervision.columns import VerdictColumns, judge_many
from nenghao.supervision.eliminated import Judgement, Piece, category_of, judge_equipment
from nenghao.supervision.quota import Question, judge
from nenghao.supervision.verdict import BenchmarkLevel, QuotaVerdict, Step

__all__ = [
    "BenchmarkLevel", "Judgement", "Piece", "Question", "QuotaBook", "QuotaVerdict", "Step", "VerdictColumns",
    "category_of", "judge", "judge_equipment", "judge_many", "quota_book",
]  # fmt: skip
