"""What the specifications say, as pure functions and tables: descriptors, access check, Registry.pol, error codes."""
