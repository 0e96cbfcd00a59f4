"""Every SQL statement of the service: `reserving` on the hot pool, the others in the caller's transaction.

Locks are always taken in the same order: the policies, applicants (`blocking.lock`), reservations by booking id, usage
rows by their key.
"""
