"""SMB 2 and 3 sessions with one storage."""
