"""The REST API of a VMstore, over HTTPS. Only this package imports httpx."""
