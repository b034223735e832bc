"""What stands beside the command of a step."""

from __future__ import annotations

from krbcheck.report.remedies import details, evidence, heading, in_one_line, over_hosts
from krbcheck.windows.remedy import Platform, RemedyStep, changes, looks, selected, variants

DELETE = changes(
    "setspn -D a b",
    on="a domain controller of x.com",
    needs="Domain Admins",
    undo="setspn -S a b",
    verify="setspn -Q a",
    shows="no owner",
    caution="c",
)


def test_the_class_comes_first_then_where_and_what_it_needs() -> None:
    assert heading(DELETE) == "changes · on a domain controller of x.com · needs Domain Admins"
    assert heading(changes("x", interrupts=True)) == "interrupts service"


def test_what_follows_a_command_says_whether_it_is_one() -> None:
    assert list(details(DELETE)) == [
        ("risk", "c", False),
        ("undo", "setspn -S a b", True),
        ("verify", "setspn -Q a", True),
        ("", "no owner", False),
    ]
    assert list(details(looks("klist", shows="AES"))) == [("expect", "AES", False)]


def test_a_table_has_the_commands_and_instructions() -> None:
    assert in_one_line((looks(says="Wait"), DELETE)) == "Wait; setspn -D a b"


def test_how_the_platform_is_known_is_said_once() -> None:
    remedy = variants("x.com", windows=[looks("a"), looks("b")], samba=[looks("c")])
    assert evidence(selected(remedy, {"x.com": (Platform.WINDOWS, "no vendorName")})) == ["x.com: no vendorName"]


def at(host: str, command: str = "gpupdate /force") -> tuple[RemedyStep, ...]:
    return (DELETE, looks(command, on=host))


def test_remedies_that_differ_in_hosts_are_one() -> None:
    (delete, update) = over_hosts([at("the host a"), at("the host b"), at("the host a")])
    assert (delete, update.host) == (DELETE, "the hosts a, b")
    assert over_hosts([at("a"), at("b")])[1].host == "a, b"
    assert (
        over_hosts([at(f"the host {number}") for number in range(10)])[1].host
        == "the hosts 0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    )


def test_remedies_that_differ_in_more_are_several() -> None:
    assert over_hosts([at("a"), at("b", "gpupdate")]) == ()
    assert over_hosts([at("a"), (DELETE,)]) == ()
    assert over_hosts([]) == ()
