"""Verdicts, checks, the registry that finds them, and running them over facts."""
