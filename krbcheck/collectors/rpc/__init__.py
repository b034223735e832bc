"""The queries to storages for rights and permissions."""
