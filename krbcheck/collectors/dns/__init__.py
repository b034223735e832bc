"""The queries to name servers."""
