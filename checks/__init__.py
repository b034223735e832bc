"""The checks: one file, one check, one id; the id is the path below this folder."""
