"""Exchanges with one KDC, and the tokens made of tickets."""
