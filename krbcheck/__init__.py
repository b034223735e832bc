"""krbcheck looks at every link between Hyper-V tenants and shared SMB storage, and says what is wrong."""

__version__ = "0.1.0"
