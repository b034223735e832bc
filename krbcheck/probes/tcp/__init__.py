"""TCP connections: whether a port opens, and the stream that other probes use."""
