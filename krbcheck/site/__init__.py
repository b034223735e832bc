"""What the user states: the form of the site file, its reading, and the access that is expected."""
