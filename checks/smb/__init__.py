"""smb: what the storage speaks."""
