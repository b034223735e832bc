"""Facts on disk: encoded, decoded, merged."""
