"""Facts on disk: encoded, read back, merged."""
