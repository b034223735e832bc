"""TCP connections: whether a port accepts connections, and the stream on which other probes send."""
