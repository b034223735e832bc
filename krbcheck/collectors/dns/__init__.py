"""Which name server is queried for what."""
