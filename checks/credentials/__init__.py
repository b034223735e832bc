"""credentials: the secrets that the site file names."""
