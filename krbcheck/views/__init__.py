"""What follows from facts by thinking alone: group standing, policies in effect, computed access."""
