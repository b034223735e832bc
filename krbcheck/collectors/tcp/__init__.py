"""The tests of TCP ports."""
