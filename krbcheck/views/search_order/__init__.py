"""The forest search order in effect for an account, from group policy as each controller has it."""
