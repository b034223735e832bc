"""The trust's key: a type that both sides take, and not RC4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from krbcheck.judging import judge
from krbcheck.judging.verdict import Finding, Verdict
from krbcheck.windows.remedy import Platform, StepClass

Codes = Callable[..., list[str]]
Judged = Callable[..., list[Verdict]]
AES, RC4, DES = 0x18, 0x4, 0x3


@pytest.mark.parametrize(
    ("hosts", "storage", "expected"),
    [
        pytest.param(AES, AES, "fine", id="AES"),
        pytest.param(AES | RC4, AES, "fine", id="AES in common"),
        pytest.param(None, None, "fine", id="absent is AES"),
        pytest.param(0, AES, "fine", id="zero is absent"),
        pytest.param(None, RC4, "rc4", id="one side takes RC4 only"),
        pytest.param(RC4, RC4, "rc4", id="both take RC4 only"),
        pytest.param(AES, RC4, "no-common-enctype", id="nothing in common"),
        pytest.param(DES, AES, "no-common-enctype", id="DES"),
    ],
)
def test_what_both_objects_allow(
    made: Any, codes: Codes, hosts: int | None, storage: int | None, expected: str
) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), 7))
    assert codes("trust.enctypes", made.both(at_hosts=hosts, at_storage=storage), tickets) == [expected]


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        pytest.param((14,), "no-common-enctype", id="not issued"),
        pytest.param(("aes", 14), "no-common-enctype", id="not taken"),
        pytest.param(("rc4", 7), "rc4", id="RC4 referral"),
        pytest.param((7,), "unknown", id="no referral"),
        pytest.param((None,), "unknown", id="silence"),
    ],
)
def test_what_the_kdcs_really_do(made: Any, codes: Codes, proof: tuple[Any, ...], expected: str) -> None:
    first, *taken = proof
    issued = made.referral(etype={"aes": 18, "rc4": 23}[first]) if isinstance(first, str) else first
    assert codes("trust.enctypes", made.both(), made.tickets(made.proof("vmdc1", issued, *taken))) == [expected]


@pytest.mark.parametrize(
    ("storage", "taken", "expected"),
    [
        pytest.param(RC4, 44, "no-common-enctype", id="no key of the type that is issued"),
        pytest.param(RC4, 31, "no-common-enctype", id="opened with the key of another type"),
        pytest.param(RC4, 7, "rc4", id="taken all the same"),
        pytest.param(RC4, 37, "rc4", id="refused for another reason"),
        pytest.param(AES, 31, "fine", id="another key of the right type is not judged here"),
    ],
)
def test_a_referral_of_a_type_that_the_storage_side_does_not_allow(
    made: Any, codes: Codes, storage: int, taken: int, expected: str
) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(), taken))
    facts = made.both(at_hosts=AES | RC4, at_storage=storage)
    assert codes("trust.enctypes", facts, tickets) == [expected]
    if expected == "no-common-enctype":
        assert codes("trust.ticket", facts, tickets) == ["unknown"]


def test_the_ticket_tells_where_no_directory_was_read(made: Any, codes: Codes) -> None:
    facts = made.sides(None, None)
    assert codes("trust.enctypes", facts, made.tickets(made.proof("vmdc1", made.referral(etype=23), 7))) == ["rc4"]
    assert codes("trust.enctypes", facts, made.tickets(made.proof("vmdc1", made.referral(), 7))) == ["unknown"]


def test_without_tickets_the_objects_alone_are_not_fine(made: Any, codes: Codes) -> None:
    assert codes("trust.enctypes", made.both(), made.tickets()) == ["unknown"]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        pytest.param((7,), "fine", id="opened"),
        pytest.param((None,), "unknown", id="silent"),
        pytest.param((), "unknown", id="never shown"),
        pytest.param((31,), "unknown", id="not opened"),
        pytest.param((60,), "unknown", id="an error that tells neither"),
    ],
)
def test_what_the_storage_side_takes_is_its_objects_or_its_kdcs_to_say(
    made: Any, codes: Codes, taken: tuple[int | None, ...], expected: str
) -> None:
    facts = made.sides(made.trust("tintri.com"), None)
    assert codes("trust.enctypes", facts, made.tickets(made.proof("vmdc1", made.referral(), *taken))) == [expected]


@pytest.mark.parametrize(("etype", "code"), [(1, "des"), (3, "des"), (23, "rc4"), (24, "rc4")])
def test_a_referral_with_an_old_cipher_is_never_fine(made: Any, codes: Codes, etype: int, code: str) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(etype=etype), 7))
    assert codes("trust.enctypes", made.both(), tickets) == [code]
    both = made.tickets(made.proof("vmdc1", made.referral(), 7), made.proof("vmdc2", made.referral(etype=etype), 7))
    assert codes("trust.enctypes", made.both(), both) == [code]


@pytest.mark.parametrize(
    ("hosts", "storage", "changed"),
    [
        pytest.param(RC4, RC4, ["vmlevel.com", "tintri.com"], id="both lack AES"),
        pytest.param(AES | RC4, RC4, ["tintri.com"], id="the side that has AES stays"),
        pytest.param(None, RC4, ["tintri.com"], id="the default contains AES"),
        pytest.param(None, AES, ["vmlevel.com"], id="the default of an older controller"),
        pytest.param(0x8, AES, ["vmlevel.com"], id="AES128 only"),
        pytest.param(AES, AES, [], id="both have AES"),
    ],
)
def test_aes_is_added_where_it_is_lacking(
    made: Any, judged: Judged, hosts: int | None, storage: int | None, changed: list[str]
) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(etype=23), 7))
    (found,) = judged("trust.enctypes", made.both(at_hosts=hosts, at_storage=storage), tickets)
    assert isinstance(found, Finding)
    steps = found.remedy
    assert [step.of for step in steps if step.command.startswith("ksetup /setenctypeattr")] == changed
    assert StepClass.INTERRUPTS not in {step.step_class for step in steps}


def test_the_types_of_today_remain(made: Any, judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {domain: (Platform.SAMBA, "vendorName") for domain in ("vmlevel.com", "tintri.com")}
    monkeypatch.setattr(judge, "_platforms", lambda facts, views: known)
    tickets = made.tickets(made.proof("vmdc1", made.referral(etype=23), 7))
    (found,) = judged("trust.enctypes", made.both(at_hosts=None, at_storage=AES), tickets)
    assert isinstance(found, Finding)
    (command,) = (step.command for step in found.remedy if step.command.startswith("samba-tool"))
    assert command.endswith(" --raw-kerb-enctypes=28")


@pytest.mark.parametrize(("storage", "reset"), [(AES, True), (RC4, False)])
def test_a_new_trust_password_only_if_no_side_lacks_aes(made: Any, judged: Judged, storage: int, reset: bool) -> None:
    tickets = made.tickets(made.proof("vmdc1", 14))
    (found,) = judged("trust.enctypes", made.both(at_hosts=AES, at_storage=storage), tickets)
    assert isinstance(found, Finding)
    assert found.code == "trust.enctypes/no-common-enctype"
    assert any("/reset" in step.command for step in found.remedy) is reset


def test_a_side_that_was_not_read_is_read_first(made: Any, judged: Judged) -> None:
    tickets = made.tickets(made.proof("vmdc1", made.referral(etype=23), 7))
    (found,) = judged("trust.enctypes", made.sides(None, made.trust("vmlevel.com", etypes=RC4)), tickets)
    assert isinstance(found, Finding)
    assert found.remedy[0].step_class is StepClass.LOOKS
    assert "the object of the trust at vmlevel.com" in found.remedy[0].says
