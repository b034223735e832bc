"""Searches of one directory over one sealed connection."""
