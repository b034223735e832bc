"""ticket: as each principal, for each data path, from each KDC, the way a Windows host asks."""
