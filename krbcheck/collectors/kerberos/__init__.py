"""The queries to KDCs."""
