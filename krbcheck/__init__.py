"""krbcheck tests every link between Hyper-V tenants and shared SMB storage, and reports what is wrong."""

__version__ = "0.1.0"
