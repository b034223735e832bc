"""spn: the service principal names of the data paths."""
