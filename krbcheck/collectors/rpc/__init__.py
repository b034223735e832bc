"""Which storage is asked for rights and access lists, as whom."""
