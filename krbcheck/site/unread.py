"""Keys of the site file that nothing reads yet: they have no effect, and a user who states one is warned."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.site.stated import Site

UNREAD = {"Storage.vmstore_api"}
"""Fields of `krbcheck.site.stated` that nothing reads once the site is made. A test compares this with the code."""


def unread_keys(site: Site) -> Iterator[str]:
    """A sentence for each stated key that has no effect in this version."""
    for storage in site.storages:
        if storage.vmstore_api is not None:
            yield (
                f"{site.name}: vmstore_api of storage {storage.name} has no effect: "
                "this version of krbcheck does not query the REST API"
            )
