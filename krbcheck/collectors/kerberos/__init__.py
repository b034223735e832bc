"""Which KDC is asked for which ticket, as whom."""
