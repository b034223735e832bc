"""Sends queries: one typed `Ask`, the scheduler, a collection, the host that sends them. The only threads."""
