"""What other parts of the hub ask of statements, and every change to one."""

from nenghao.hub.statements.deadlines import overdue_counts, reminders, set_rule, tasks
from nenghao.hub.statements.deciding import accept, amend, comment, reopen, send_back, submit
from nenghao.hub.statements.documents import document_of, visible_filings
from nenghao.hub.statements.drafting import add_row, drop_row, explain, import_file, renew, save_cells, start
from nenghao.hub.statements.punctuality import Kept, kept_terms

__all__ = [
    "Kept", "accept", "add_row", "amend", "comment", "document_of", "drop_row", "explain", "import_file", "kept_terms",
    "overdue_counts",
    "reminders", "renew", "reopen", "save_cells", "send_back", "set_rule", "start", "submit", "tasks",
    "visible_filings",
]  # fmt: skip
