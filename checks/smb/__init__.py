"""smb: dialect, signing, encryption, sessions, shares and other SMB features of the storage."""
