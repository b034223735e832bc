"""The checks to run first for a Kerberos error and for an NTSTATUS; those of Win32 errors are in `symptoms`."""

from __future__ import annotations

from collections.abc import Mapping

from krbcheck.windows.symptoms import ACCOUNT, KEY, NAME, TICKET, TRUST, WIN32

CLOCK = ("time.skew",)
LATER_KEY = ("ticket.tgt", "credentials.usable", "time.skew")
ENCTYPES = ("ticket.enctype", "spn.enctypes", "trust.enctypes")
SEARCH = ("spn.exists", "spn.unique", "policy.client-search", "policy.kdc-search", "ticket.service", "trust.exists")
OF_KRB: Mapping[int, tuple[str, ...]] = {
    1: ACCOUNT, 2: ("spn.owner",), 6: ("ticket.tgt", "credentials.usable"), 7: SEARCH,
    8: ("spn.unique", "spn.directory"),
    9: ("spn.owner", "ticket.tgt"), 11: CLOCK, 12: ("ticket.tgt", "trust.selective", "ticket.service"), 14: ENCTYPES,
    18: ACCOUNT, 19: ("spn.owner",), 21: ACCOUNT, 22: ("spn.owner",), 23: ACCOUNT, 24: LATER_KEY,
    27: ("spn.owner", "spn.unique"), 28: TRUST, 29: ("dns.locator", *TICKET), 31: KEY, 33: CLOCK, 35: KEY, 37: CLOCK,
    41: KEY, 44: KEY, 45: KEY, 46: KEY, 51: TRUST, 60: (*TRUST, "ticket.service"),
    68: ("ticket.service", "trust.exists"),
}  # fmt: skip
"""By the code of the KRB-ERROR (RFC 4120 7.5.9); TICKET for all others."""
WIN32_OF: Mapping[int, int] = {
    0xC0000022: 5, 0xC00000CA: 5, 0xC0000061: 1314, 0xC000006D: 1326, 0xC000006A: 86, 0xC0000064: 1326,
    0xC000006E: 1327, 0xC000006F: 1327, 0xC0000070: 1327, 0xC0000071: 1330, 0xC0000072: 1331, 0xC000005E: 1311,
    0xC0000233: 1311, 0xC00000B5: 121, 0xC00000BE: 53, 0xC00000C9: 64, 0xC00000CC: 67, 0xC00000DF: 1355,
    0xC0000133: 1398, 0xC0000155: 1385, 0xC000015B: 1385, 0xC000018B: 1787, 0xC000018C: 1788, 0xC000018D: 1789,
    0xC0000190: 1788, 0xC000019B: 1788, 0xC0000193: 1793, 0xC0000195: 1219, 0xC0000224: 1907, 0xC0000234: 1909,
    0xC00002C3: 1397, 0xC000020D: 64, 0xC0000236: 53, 0xC000023D: 1231,
}  # fmt: skip
"""The Win32 error that Windows shows for an NTSTATUS, or one of the same meaning."""
OF_STATUS: Mapping[int, tuple[str, ...]] = {
    0xC0000016: ("smb.session", *KEY), 0xC0000034: ("smb.share", "backup.vss"), 0xC000003A: ("smb.share",),
    0xC0000060: ("backup.rights",), 0xC0000073: ("isolation.acl", *TRUST), 0xC00000BB: ("smb.dialect", "backup.vss"),
    0xC00000DA: (*TRUST, "smb.session"), 0xC000015A: ("ticket.groups", "smb.session"), 0xC000018A: KEY,
    0xC00002FD: ENCTYPES, 0xC0000322: KEY, 0xC000035C: ("ticket.service", "smb.session"),
    0xC0000388: ("dns.locator", *TICKET), 0xC0000413: ("trust.selective", "ticket.service"),
    0xC0000418: ("ticket.service", "spn.exists", "backup.path"), 0xC0000466: NAME, 0xC05D0001: ("smb.dialect",),
    0xC0000257: ("dns.alias", "smb.share"),
}  # fmt: skip
"""By the NTSTATUS, where no Win32 error leads to the checks."""
SESSION = ("smb.session", "smb.share")


def of_krb(code: int) -> tuple[str, ...]:
    return OF_KRB.get(code, TICKET)


def of_status(status: int) -> tuple[str, ...]:
    """The checks of the NTSTATUS, of its Win32 error, or those of a session."""
    win32 = WIN32.get(WIN32_OF.get(status, -1))
    return OF_STATUS.get(status) or (win32.first if win32 else SESSION)
