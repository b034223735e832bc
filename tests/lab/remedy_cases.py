"""The faults whose remedy the lab runs as printed, and what each leaves to the administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """`given` has the values that only the administrator knows, by the word that the command has for them.

    `left_out` has the beginnings of the commands that are not run, with the reason. With `undone` the undo of each step
    brings the fault back.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    undone: bool = False

    def leaves_out(self, command: str) -> str:
        """The reason why a command is not run; empty if it is."""
        return next((reason for start, reason in self.left_out.items() if command.startswith(start)), "")

    def filled(self, command: str) -> str:
        """The command with the values that are given."""
        for word, value in self.given.items():
            command = command.replace(word, value)
        return command


SHARES = "/var/lib/samba/shares"
PLAIN, UNDONE = Case(), Case(undone=True)
CASES: Mapping[str, Case] = {
    "access-authenticated-users-read": PLAIN,
    "access-backup-administrators": PLAIN,
    "access-deny-first": PLAIN,
    "access-domain-computers": PLAIN,
    "access-folder-read": UNDONE,
    "access-foreign-domain-local": UNDONE,
    "access-foreign-host": PLAIN,
    "access-group-emptied": PLAIN,
    "access-host-administers-storage": PLAIN,
    "access-list-empty": PLAIN,
    "access-names-visible": PLAIN,
    "access-read-where-change": UNDONE,
    "access-tenant-administers-storage": PLAIN,
    "access-unused-account": PLAIN,
    "alias": UNDONE,
    "alias-without-spn": PLAIN,
    "backup-right-missing": UNDONE,
    "backup-rights-to-hosts": PLAIN,
    "dpm-hosts-with-change": PLAIN,
    "guest": PLAIN,
    "host-disabled": UNDONE,
    "host-expired": PLAIN,
    "host-logon-hours": PLAIN,
    "host-not-in-backup-group": UNDONE,
    "kdc-rc4-only": PLAIN,
    "machine-key-changed": PLAIN,
    "no-address": PLAIN,
    "no-such-name": PLAIN,
    "other-tenants-address": PLAIN,
    "outside-network": PLAIN,
    "policy-machine-half-off": UNDONE,
    "policy-not-linked": PLAIN,
    "restore-right-missing": PLAIN,
    "reverse-differs": PLAIN,
    "round-robin": PLAIN,
    "share-acl-open": PLAIN,
    "share-acl-read": PLAIN,
    "share-acl-without-tenant": UNDONE,
    "share-of-all-folders": PLAIN,
    "share-missing": Case(given={"PATH": f"{SHARES}/AliceVMs"}),
    "smb-encryption-of-server": UNDONE,
    "smb-encryption-of-shares": PLAIN,
    "smb-encryption-off": PLAIN,
    "smb-one-on": PLAIN,
    "smb-signing-not-required": PLAIN,
    "smb-two-only": PLAIN,
    "spn-account-disabled": PLAIN,
    "spn-account-expired": PLAIN,
    "spn-account-without-keys": PLAIN,
    "spn-alias-collision": PLAIN,
    "spn-conflict-object": PLAIN,
    "spn-duplicate": PLAIN,
    "spn-duplicate-other-case": PLAIN,
    "spn-duplicate-with-port": PLAIN,
    "spn-enctypes-implicit": UNDONE,
    "spn-in-hosts-domain": UNDONE,
    "spn-missing": UNDONE,
    "spn-missing-in-forest": PLAIN,
    "spn-on-service-account": PLAIN,
    "spn-rc4-only": UNDONE,
    "spn-stale": UNDONE,
    "spn-uniqueness-off": PLAIN,
    "spn-wrong-account": UNDONE,
    "trust-aes-at-hosts-only": PLAIN,
    "trust-no-common-enctype": PLAIN,
    "trust-rc4": UNDONE,
}
