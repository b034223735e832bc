"""What a check may report when a piece of evidence is missing, with the reason: all else is a fault.

Most of it is a denial that is an answer: the server that sent it has the key, and clients meet the same denial.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

OTHER_SOURCE = "without the list by SMB the list by REST is judged, which the VMstore's certificate proves"
OTHER_NAME = "without the directory's names the same group is named by its SID"
NO_SERVER = "no name server is left that answers: the controllers of the domain are not determined, nor was it before"
AGENT = "the agent that denies the account shows that no right is in effect, whoever the directory states to hold it"


class Accepted(NamedTuple):
    """A fault of `check` that begins with `begins` may occur where the label of what was taken away begins with
    `taken`, and contains `how`; in `scenarios` alone if there are any.
    """

    check: str
    begins: str
    taken: str
    reason: str
    how: str = ""
    scenarios: tuple[str, ...] = ()

    def covers(self, label: str, check: str, fault: str, scenario: str) -> bool:
        return (
            check == self.check
            and fault.startswith(self.begins)
            and label.startswith(self.taken)
            and self.how in label
            and (not self.scenarios or scenario in self.scenarios)
            and bool(self.reason)
        )


def is_accepted(accepted: Iterable[Accepted], label: str, check: str, fault: str, scenario: str = "") -> bool:
    return any(entry.covers(label, check, fault, scenario) for entry in accepted)
