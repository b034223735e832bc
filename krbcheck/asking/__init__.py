"""How questions are put: one typed ask, the scheduler, a collection, the host that asks. The only threads."""
