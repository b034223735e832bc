"""The queries to directories."""
