"""Which data path is connected to, as whom."""
