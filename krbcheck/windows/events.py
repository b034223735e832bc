"""Events of the event log that name access or Kerberos: the log, the source, the meaning, and the checks to run first.

An event ID is not unique: each log numbers its own. What could not be looked up is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from krbcheck.windows.symptoms import ACCESS, BACKUP, KEY, NAME, TICKET, Symptom

MICROSOFT = "https://learn.microsoft.com/"
AUDIT = MICROSOFT + "previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/event-"
SMB = MICROSOFT + "windows-server/storage/file-server/troubleshoot/troubleshooting-smb"
SUPPORT = "https://support.microsoft.com/help/"
KDC = "System, Kerberos-Key-Distribution-Center"
ENCTYPES = ("spn.enctypes", "ticket.enctype", "trust.enctypes")
_EVENTS: Mapping[int, Sequence[tuple[str, str, str, str, tuple[str, ...]]]] = {
    3: [
        (
            "System, Security-Kerberos",
            MICROSOFT + "troubleshoot/windows-server/windows-security/enable-kerberos-event-logging",
            "KRB-ERROR received",
            "the event contains the code of a KRB-ERROR: explain that",
            TICKET,
        )
    ],
    4: [
        (
            "System, Security-Kerberos",
            MICROSOFT + "troubleshoot/windows-server/windows-security/kerberos-client-krb-ap-err-modified-error",
            "KRB_AP_ERR_MODIFIED",
            "the server cannot decrypt the ticket of the named SPN",
            KEY,
        )
    ],
    11: [
        (
            KDC,
            MICROSOFT + "previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/cc733945(v=ws.10)",
            "duplicate name",
            "an SPN is registered on two accounts",
            ("spn.unique", "spn.directory"),
        )
    ],
    14: [
        (
            KDC,
            MICROSOFT + "troubleshoot/windows-server/windows-security/unsupported-etype-error-accessing-trusted-domain",
            "no suitable key",
            "the account or the trust has no key of a common encryption type",
            ("trust.enctypes", "spn.enctypes", "ticket.enctype"),
        )
    ],
    17: [
        (
            KDC,
            MICROSOFT + "troubleshoot/windows-server/active-directory/kfso-not-work-in-external-trust-event-is-17",
            "forest search order across an external trust",
            "the KDC searched a forest and reached no domain that has the SPN",
            ("policy.kdc-search", "policy.single-domain", "trust.kind"),
        )
    ],
    42: [
        (
            "DPM job error",
            SUPPORT + "2506326",
            "no communication with the agent",
            "access to the protection agent is denied; Details contains a Win32 error or an SSPI error: explain it",
            (*KEY, *TICKET),
        ),
        (
            KDC,
            SUPPORT + "5021131",
            "no strong key of krbtgt",
            "the password of krbtgt was last changed before AES was supported: change it twice",
            ("ticket.enctype", "trust.enctypes"),
        ),
    ],
    104: [
        (
            "DPM job error",
            SUPPORT + "2506326",
            "a job failed",
            "Details contains a Win32 error or an internal error: explain it",
            (*BACKUP, *ACCESS),
        )
    ],
    308: [
        (
            "DPM job error",
            SUPPORT + "971411",
            "no communication with the agent",
            "the protection agent does not respond; Details contains a Win32 error: explain it",
            ("backup.server", "dns.resolves"),
        )
    ],
    **{
        number: [
            (
                "System, KDCSVC",
                SUPPORT + "5073381",
                "RC4 in service tickets",
                "an account or the domain needs RC4, "
                "which Windows disables (CVE-2026-20833); the event names the account",
                ENCTYPES,
            )
        ]
        for number in range(201, 210)
    },
    551: [
        (
            "SMBServer/Security",
            SMB,
            "SMB session authentication failure",
            "a session was rejected; the event contains the NTSTATUS: explain that",
            ("smb.session", *TICKET),
        )
    ],
    1006: [
        (
            "SMBServer/Security",
            SMB,
            "the share denied access",
            "share permissions do not grant access",
            ("isolation.own", "isolation.acl"),
        )
    ],
    2033: [
        (
            "DPM job error",
            SUPPORT + "10061",
            "an operation on a file failed",
            "the text names the path, and Details contains a Win32 error: explain it",
            (*ACCESS, *BACKUP),
        )
    ],
    4625: [
        (
            "Security",
            AUDIT + "4625",
            "an account failed to log on",
            "Status and Sub Status are NTSTATUS values: explain them",
            ("smb.session", "ticket.tgt"),
        )
    ],
    4768: [
        (
            "Security",
            AUDIT + "4768",
            "a TGT was requested",
            "Result Code is a KRB-ERROR: explain it",
            ("ticket.tgt", "ticket.enctype"),
        )
    ],
    4769: [
        (
            "Security",
            AUDIT + "4769",
            "a service ticket was requested",
            "Failure Code is a KRB-ERROR in hexadecimal: explain it",
            ("ticket.service", "spn.exists", "spn.unique"),
        )
    ],
    4771: [
        (
            "Security",
            AUDIT + "4771",
            "Kerberos pre-authentication failed",
            "Failure Code is a KRB-ERROR in hexadecimal: explain it",
            ("ticket.tgt", "time.skew"),
        )
    ],
    4776: [
        (
            "Security",
            AUDIT + "4776",
            "NTLM validated a credential",
            "the host did not use Kerberos",
            ("ticket.service", "spn.exists", "backup.path"),
        )
    ],
    4770: [
        (
            "Security",
            AUDIT + "4770",
            "a service ticket was renewed",
            "a normal event: the host had the ticket",
            ("ticket.service",),
        )
    ],
    5140: [
        (
            "Security",
            AUDIT + "5140",
            "a share was accessed",
            "shows which account opened which share",
            ("isolation.others", "isolation.own"),
        )
    ],
    5145: [
        (
            "Security",
            AUDIT + "5145",
            "a file on a share was checked for access",
            "the event lists the access that was requested and by which entry it was granted or denied",
            ACCESS,
        )
    ],
    5168: [
        (
            "Security",
            AUDIT + "5168",
            "the SPN check for SMB failed",
            "the SPN of the session is not in the server's list of accepted names",
            ("spn.owner", "spn.exists", "dns.alias"),
        )
    ],
    8194: [
        (
            "Application, VSS",
            "https://blogs.blackmarble.co.uk/adawson/windows-home-server-2011-backup-of-uefigpt-windows-8-1",
            "access denied to the VSS requestor",
            "a local VSS writer cannot call the backup application; the share is not concerned",
            ("backup.vss",),
        )
    ],
    13000: [
        (
            "Hyper-V-VMMS-Admin",
            "https://blogs.technet.microsoft.com/askcore/2017/05/17/hyper-v-authentication-in-windows-server-2016-for-"
            "managing-remote-hyper-v-servers-through-rsat/",
            "no configuration store",
            "Hyper-V could not create files on the share, mostly with access denied (0x80070005)",
            ("isolation.own", "isolation.acl", "ticket.groups"),
        )
    ],
    19100: [
        (
            "Hyper-V-VMMS-Admin",
            "https://blog.workinghardinit.work/tag/vhd-set/",
            "a background disk merge failed",
            "after a backup the checkpoint is not merged; with 0x80070005 the files or the folder do not grant access",
            (*ACCESS, *BACKUP),
        )
    ],
    20100: [
        (
            "Hyper-V-VMMS-Admin",
            "https://virtualizationdojo.com/hyper-v/?p=21696",
            "a file was not registered",
            "Hyper-V could not read the files of a virtual machine on the share",
            ("isolation.own", "isolation.acl", "smb.session"),
        )
    ],
    21502: [
        (
            "Hyper-V-High-Availability",
            MICROSOFT + "troubleshoot/windows-server/virtualization/troubleshoot-live-migration-issues",
            "a live migration failed",
            "the text contains the error of the destination host: explain its number",
            ("isolation.own", "ticket.service", "ticket.groups"),
        )
    ],
    30803: [("SMBClient/Connectivity", SMB, "no network connection", "the host could not connect to the server", NAME)],
    30804: [
        (
            "SMBClient/Connectivity",
            SMB,
            "a connection was lost",
            "the TCP connection to the server broke",
            ("dns.port", "smb.multichannel"),
        )
    ],
    30805: [
        (
            "SMBClient/Connectivity",
            SMB,
            "a session was lost",
            "the server ended the session, or the host could not authenticate again",
            ("smb.session", *TICKET),
        )
    ],
    30806: [("SMBClient/Connectivity", SMB, "a session was set up again", "follows 30805", ("smb.session",))],
    30807: [
        (
            "SMBClient/Connectivity",
            SMB,
            "the connection to a share was lost",
            "the share or the session ended",
            ("smb.share", "smb.session", "smb.continuity"),
        )
    ],
    30808: [("SMBClient/Connectivity", SMB, "the connection to a share is back", "follows 30807", ("smb.share",))],
    40970: [
        (
            "System, LSA (LsaSrv)",
            SUPPORT + "5011233",
            "no NTLM for this SPN",
            "Kerberos failed for a service name "
            "of three parts, and Windows does not fall back to NTLM (CVE-2022-21920)",
            TICKET,
        )
    ],
    30809: [
        (
            "SMBClient/Connectivity",
            MICROSOFT + "troubleshoot/system-center/dpm/bare-metal-recovery-backup-fails",
            "a request timed out",
            "the server did not respond in time",
            ("dns.port", "smb.multichannel", "smb.server"),
        )
    ],
    31017: [
        (
            "SMBClient/Security",
            "https://gist.github.com/kevthehermit/358b0b0c4c5059ba828b3e24a32ab9ad",
            "an insecure guest logon was rejected",
            "the storage logs the host on as Guest, which Windows rejects",
            ("smb.session",),
        )
    ],
    31001: [
        (
            "SMBClient/Security",
            SMB,
            "the SMB client failed to log on",
            "the event contains the NTSTATUS: explain that",
            ("smb.session", *TICKET),
        )
    ],
}
EVENTS: Mapping[int, tuple[tuple[str, str, Symptom], ...]] = {
    number: tuple((log, source, Symptom(name, means, first)) for log, source, name, means, first in entries)
    for number, entries in _EVENTS.items()
}
