"""DCE/RPC over named pipes of an SMB session."""
