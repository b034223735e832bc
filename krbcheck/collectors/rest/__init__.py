"""The queries to the REST APIs of storages."""
