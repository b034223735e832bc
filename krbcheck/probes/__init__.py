"""Probes: each sends queries to one server and returns its reply as plain data. Only these packages import network
libraries.
"""
