"""The commands. One file each; what is heavy is imported within functions, so that help comes at once."""
