"""The access end (接入端): collect, keep in a ledger, compute intervals, upload until acknowledged."""
