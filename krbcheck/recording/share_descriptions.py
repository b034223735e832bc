"""The descriptions of the lists of shares in the JSON Schema of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OF_SHARES: Mapping[str, str] = MappingProxyType(
    {
        "ListedShares.sessions": "The principals' sessions at shares that the site file does not state.",
        "StorageShares.account": "The account that read the list.",
        "ShareList.level": "The information level of NetrShareEnum that was answered: 502, 2 or 1; 0 if none was.",
        "ShareList.listed": "The shares in the list.",
        "ShareList.records": "The shares whose folder the list does not contain, one record for each that was queried.",
        "ListedShare.type": "The type of the share (MS-SRVS 2.2.2.4), such as 0 for a folder.",
        "ListedShare.path": "The folder, as the storage names it; null if it is not known.",
        "ListedShare.descriptor": "The security descriptor of the share; null if it is not known.",
        "Trustee.outside": "The DNs of members in other domains of the forest.",
        "ShareRecord.path": "The folder, as the storage names it; null if it is not known.",
        "ShareRecord.descriptor": "The security descriptor of the share; null if it is not known.",
    }
)
