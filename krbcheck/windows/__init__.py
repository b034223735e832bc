"""The content of the specifications as pure functions and tables: descriptors, access check,
Registry.pol, error codes.
"""
