"""Secrets and tickets: the wallet, keytabs, credential caches, redaction. Nothing here is ever a fact."""
