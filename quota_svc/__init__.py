"""quota_svc owns who may still book: the policies in force, the ledger of what counts, and the reservations."""
