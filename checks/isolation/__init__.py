"""isolation: who can reach what, expected against observed."""
