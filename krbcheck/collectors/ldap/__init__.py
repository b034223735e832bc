"""Which directory is read for what, as whom."""
