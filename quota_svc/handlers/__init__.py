"""The use cases: each loads, lets the domain decide, stores, and owns its transaction; event handlers have theirs."""
