"""The rooms of the house: what each package may import. architecture.md says what each of them holds.

`tests/test_rooms.py` holds every import of every module against this table, relative ones too.
"""

from __future__ import annotations

from collections.abc import Mapping

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "windows": frozenset(),
    "site": frozenset({"windows"}),
    "facts": frozenset({"windows"}),
    "views": frozenset({"facts", "site", "windows"}),
    "credentials": frozenset({"site", "facts", "windows"}),
    "asking": frozenset({"facts", "site", "credentials", "windows"}),
    "probes": frozenset({"facts", "credentials", "windows"}),
    "collectors": frozenset({"asking", "probes", "facts", "site", "credentials", "windows"}),
    "judging": frozenset({"facts", "views", "site", "windows"}),
    "checks": frozenset({"judging", "facts", "views", "site", "windows"}),
    "recording": frozenset({"facts", "asking"}),
    "report": frozenset({"judging", "facts", "views", "site", "windows"}),
    "cli": frozenset(
        {
            "report",
            "recording",
            "judging",
            "views",
            "collectors",
            "probes",
            "asking",
            "credentials",
            "facts",
            "site",
            "windows",
        }
    ),
}
"""Room by room, the other rooms that it may import. Every module may import the version of the package itself."""

PURE = frozenset({"windows", "facts", "views", "judging", "checks"})
"""Rooms without a clock, a network, or an environment."""

PURE_LIBRARY = frozenset(
    {
        "__future__",
        "abc",
        "base64",
        "bisect",
        "collections",
        "dataclasses",
        "datetime",
        "enum",
        "fnmatch",
        "functools",
        "graphlib",
        "hashlib",
        "heapq",
        "inspect",
        "ipaddress",
        "itertools",
        "json",
        "math",
        "msgspec",
        "operator",
        "re",
        "statistics",
        "string",
        "struct",
        "textwrap",
        "typing",
        "uuid",
    }
)
"""What a module of a pure room may import beside other rooms."""

READS_FILES = frozenset({"krbcheck/judging/registry.py", "krbcheck/judging/judge.py"})
"""Modules of pure rooms that find checks in packages, or time them."""
