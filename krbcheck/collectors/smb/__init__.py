"""The SMB connections to data paths."""
