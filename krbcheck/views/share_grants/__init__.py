"""Whom a share's access lists grant access, compared with what the site states."""
