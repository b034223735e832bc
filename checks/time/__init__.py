"""time: every clock that Kerberos rests on."""
