"""Secrets and tickets: the wallet, keytabs, credential caches, redaction. Nothing here becomes a fact."""
