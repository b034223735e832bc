"""trust: between the domain of the hosts and the domain of the storage."""
