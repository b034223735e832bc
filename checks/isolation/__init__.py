"""isolation: which principal reaches which share, expected against observed."""
