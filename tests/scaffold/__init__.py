"""Writes the files that a new check, probe, fact, view, report format or lab fault consists of."""
