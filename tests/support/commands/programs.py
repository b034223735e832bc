"""Programs with their options, as Microsoft, Samba and MIT document them.

An option is what begins with `/` or `-`, in lower case, without its value. `words` are subcommands that must come
first. What a program accepts besides (names, addresses, SPNs) is data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MICROSOFT = "https://learn.microsoft.com/windows-server/administration/windows-commands/"
SERVER_2012 = "https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/"
NETDOM = SERVER_2012 + "cc835085(v=ws.11)"
SAMBA = "https://www.samba.org/samba/docs/current/man-html/"


class Program(NamedTuple):
    source: str
    options: str = ""
    words: tuple[str, ...] = ()


WINDOWS: Mapping[str, Program] = {
    "arp": Program(MICROSOFT + "arp", "-a"),
    "certutil": Program(MICROSOFT + "certutil", "-dcinfo"),
    "dcdiag": Program(MICROSOFT + "dcdiag", "/s /test"),
    "dsacls": Program(SERVER_2012 + "cc771151(v=ws.11)", "/g /r /d"),
    "gpresult": Program(MICROSOFT + "gpresult", "/scope /h /r"),
    "gpupdate": Program(MICROSOFT + "gpupdate", "/force /target"),
    "icacls": Program(MICROSOFT + "icacls", "/grant /grant:r /remove:g"),
    "klist": Program(MICROSOFT + "klist", "-li", ("", "purge", "get", "tickets")),
    "ksetup": Program(
        MICROSOFT + "ksetup", "/addhosttorealmmap /delhosttorealmmap /getenctypeattr /setenctypeattr /delenctypeattr"
    ),
    "ktpass": Program(MICROSOFT + "ktpass", "/princ /mapuser /ptype /crypto /pass /out -setpass -setupn"),
    "net": Program(
        SERVER_2012 + "gg651155(v=ws.11)",
        "/delete",
        ("use", "view"),
    ),
    "netdom": Program(
        NETDOM,
        "/domain /add /remove /reset /verify /usero /passwordo /userd /passwordd /namesuffixes /togglesuffix "
        "/quarantine",
        ("trust",),
    ),
    "netsh": Program(MICROSOFT + "netsh", "", ("trace",)),
    "nltest": Program(
        SERVER_2012 + "cc731935(v=ws.11)",
        "/server /trusted_domains /dsregdns /dsgetdc /force /sc_verify",
    ),
    "reg": Program(MICROSOFT + "reg-query", "/v", ("query",)),
    "repadmin": Program(
        SERVER_2012 + "cc770963(v=ws.11)",
        "/showrepl /syncall /adep /a /e",
    ),
    "secedit": Program(MICROSOFT + "secedit", "/export /areas /cfg"),
    "setspn": Program(
        SERVER_2012 + "cc731241(v=ws.11)",
        "-s -d -l -q -x -f -t",
    ),
    "vssadmin": Program(MICROSOFT + "vssadmin", "", ("list providers",)),
    "w32tm": Program(
        "https://learn.microsoft.com/windows-server/networking/windows-time-service/windows-time-service-tools-and-settings",
        "/query /status /verbose /resync /rediscover /config /syncfromflags /update /stripchart /computer /samples "
        "/dataonly",
    ),
}
POSIX: Mapping[str, Program] = {
    "chronyc": Program("https://chrony-project.org/doc/latest/chronyc.html", "", ("sources", "makestep")),
    "grep": Program("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/grep.html", "-e"),
    "host": Program("https://bind9.readthedocs.io/en/latest/manpages.html#host", "-t"),
    "kvno": Program("https://web.mit.edu/kerberos/krb5-latest/doc/user/user_commands/kvno.html"),
    "ldbmodify": Program(SAMBA + "ldbmodify.1.html", "-h"),
    "ldbsearch": Program(SAMBA + "ldbsearch.1.html", "-h -b -s"),
    "mv": Program("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/mv.html"),
    "net": Program(
        SAMBA + "net.8.html",
        "-u --no-dns-updates",
        (
            *("ads testjoin", "ads changetrustpw", "ads join", "ads enctypes list", "ads enctypes set"),
            *("ads enctypes delete", "sam rights list", "sam rights grant", "sam rights revoke", "sam addmem"),
            *("sam delmem", "sam listmem"),
        ),
    ),
    "printf": Program("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/printf.html"),
    "rpcclient": Program(SAMBA + "rpcclient.1.html", "-c --use-kerberos"),
    "samba-tool": Program(
        SAMBA + "samba-tool.8.html",
        "-u --attributes --create-location --direction --disable --enforce --local-dc-username --noexpiry --principal "
        "--raw-kerb-enctypes --remove-other-dead-server --skip-validation --type",
        (
            *("dns add", "dns delete", "dns query", "spn add", "spn delete", "spn list", "user enable", "user disable"),
            *("user unlock", "user setexpiry", "user setpassword", "user show", "group add", "group delete"),
            *("group addmembers", "group removemembers", "group listmembers", "domain trust create"),
            *("domain trust delete", "domain trust validate", "domain trust modify", "domain trust show"),
            *("domain exportkeytab", "domain demote", "drs showrepl", "gpo setlink", "gpo getlink"),
            *("gpo dellink", "gpo show"),
            *("ntacl sysvolreset", "ntacl sysvolcheck"),
        ),
    ),
    "samba_dnsupdate": Program("https://wiki.samba.org/index.php/Testing_Dynamic_DNS_Updates", "--all-names"),
    "sed": Program("https://www.gnu.org/software/sed/manual/sed.html", "-i -e -i.krbcheck"),
    "sharesec": Program(SAMBA + "sharesec.1.html", "--view --add --remove --setsddl"),
    "smbcacls": Program(SAMBA + "smbcacls.1.html", "-u --sddl --set"),
    "smbcontrol": Program(SAMBA + "smbcontrol.1.html", "", ("all reload-config",)),
    "smbstatus": Program(SAMBA + "smbstatus.1.html", "-b"),
    "ss": Program("https://man7.org/linux/man-pages/man8/ss.8.html", "-ltn"),
    "systemctl": Program(
        "https://www.freedesktop.org/software/systemd/man/latest/systemctl.html", "", ("start", "stop", "restart")
    ),
    "tail": Program("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tail.html", "-n"),
    "test": Program("https://pubs.opengroup.org/onlinepubs/9799919799/utilities/test.html", "-e"),
    "testparm": Program(SAMBA + "testparm.1.html", "-s --parameter-name"),
    "wbinfo": Program(SAMBA + "wbinfo.1.html", "--ping-dc"),
}
OURS = Program("krbcheck --help", "--only --site --cause", ("run", "explain", "recheck"))
