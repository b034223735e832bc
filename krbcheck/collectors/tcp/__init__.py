"""Which TCP ports are tried from where."""
