"""The steps for a ticket that a forest search order decides, or one of several servers."""

from __future__ import annotations

from krbcheck.windows.common_steps import ELEVATED, controller, purge_tickets, replicate
from krbcheck.windows.remedy import changes, looks

STATE = (
    looks(
        says="Both policies already contain {forest}: in the site file, under domains: {home}, set "
        "forest_search_order: "
        "[{order}]",
        on="the host of krbcheck",
    ),
)
CONSOLE = "Group Policy Management Editor: Computer Configuration > Policies > Administrative Templates > System > "
POLICY = (
    changes(
        says=CONSOLE + "Kerberos > Use forest search order: append {forest} to the list, for the hosts",
        on=controller("{home}"),
        needs="the right to edit the policy",
        undo_says="restore the old list",
    ),
    changes(
        says=CONSOLE
        + "KDC > Use forest search order: append {forest} to the list, for the domain controllers of {home}",
        on=controller("{home}"),
        needs="the right to edit the policy",
        undo_says="restore the old list",
    ),
    changes(
        "gpupdate /force",
        on="the hosts and the domain controllers of {home}",
        needs=ELEVATED,
        undo_says="nothing to revert: the policy is applied again within 90 minutes in any case",
    ),
    purge_tickets("the hosts"),
)
WAIT = (
    looks(
        "klist get {service}",
        says="Verify after 15 minutes, because hosts cache the error for that long",
        on="a host",
        shows="a ticket for {service}",
    ),
)
EXPLAIN = (looks("krbcheck explain {code}", on="the host of krbcheck"),)
LIKE_THE_OTHERS = (
    *replicate("{worse}"),
    changes(
        "gpupdate /force",
        says="Every domain controller of {home} needs the same Use forest search order in its KDC policy",
        on="{worse}",
        needs=ELEVATED,
        undo_says="nothing to revert: the policy is applied again within 90 minutes in any case",
    ),
)
REPLICATE = replicate("{worse}")
