"""Probes ask one server one thing and return plain data. Only here are network libraries imported."""
