"""Sessions with one storage over SMB 2 and 3."""
