"""Queries to one name server."""
