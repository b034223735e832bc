"""The SPNs that are equivalent to that of a data path, or conflict with it (setspn, MS-ADTS 5.1.1.4 sPNMappings)."""

from __future__ import annotations


def forms(spn: str) -> tuple[str, ...]:
    """The SPN itself first; then with port, by its short name, and what HOST/ stands for."""
    kind, _, host = spn.partition("/")
    short = host.partition(".")[0]
    names = (host, f"{host}:445", short)
    return tuple(dict.fromkeys(f"{text}/{name}" for text in (kind, "HOST") for name in names))
