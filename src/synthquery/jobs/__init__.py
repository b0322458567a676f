"""Many queries at once: a journal that survives any end of a run, and answers that are kept as they come."""
