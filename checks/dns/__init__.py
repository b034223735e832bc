"""dns: the name of a data path leads each tenant to its own address, and only there."""
