"""Each VMstore of the site file is queried in one session; what it replied is an observation for each part."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import pytest

from fixtures.vmstore.contents import Misbehavior
from fixtures.vmstore.sample import PASSWORD
from krbcheck.asking.this_host import ThisHost
from krbcheck.collectors.rest.vmstore_answers import vmstore_answers
from krbcheck.credentials.wallet import Credential, Secret, Wallet
from krbcheck.facts.observation import Gap, Observation, Observed, Unobserved
from krbcheck.facts.vmstore import FileShares, LoggedIn, RestRefusal, Roles, VmstoreAnswer
from krbcheck.recording import encoding
from krbcheck.site.stated import Site
from tests.collectors.rest.conftest import SOURCE
from tests.support.rest_asking import collected
from tests.support.vmstore import Peer, Peers

THIS_HOST = ThisHost("station", {})
LOGIN = "krbcheck at localhost"
Stating = Callable[[Peer], Site]


def holding(password: str = PASSWORD) -> Wallet:
    return Wallet({LOGIN: Credential(LOGIN, SOURCE, password=Secret(password))})


def parts(answer: VmstoreAnswer) -> list[Observation[object]]:
    values = (getattr(answer, name) for name in answer.__struct_fields__)
    own = [value for value in values if isinstance(value, Observed | Unobserved)]
    return [*own, *(acl.seen for acl in answer.acls)]


def test_a_site_without_a_rest_api_queries_nothing(cloud: Site) -> None:
    assert collected(vmstore_answers(cloud, THIS_HOST, Wallet())).storages == ()


def test_every_part_is_an_observation_of_the_same_server(vmstore: Peers, stating: Stating) -> None:
    with vmstore.serving() as peer:
        site = stating(peer)
        found = collected(vmstore_answers(site, THIS_HOST, holding()))
    assert [answer.storage for answer in found.storages] == [storage.name for storage in site.storages]
    for seen in chain.from_iterable(parts(answer) for answer in found.storages):
        assert isinstance(seen, Observed), seen
        assert (seen.of, seen.vantage, seen.authenticated) == (peer.url.removeprefix("https://"), "station", True)
    (answer,) = found.of("vmstore")
    assert isinstance(answer.roles, Observed)
    assert isinstance(answer.roles.value, Roles)
    assert [acl.share for acl in answer.acls] == ["AliceVMs", "BobVMs"]
    assert len({seen.asked for seen in parts(answer)}) == len(parts(answer)), "each part is a query of its own"


def test_a_rejected_password_is_not_sent_again(vmstore: Peers, stating: Stating) -> None:
    wallet = holding("wrong")
    with vmstore.serving() as peer:
        first = collected(vmstore_answers(stating(peer), THIS_HOST, wallet))
        logins = peer.count("/session/login")
        second = collected(vmstore_answers(stating(peer), THIS_HOST, wallet))
        assert peer.count("/session/login") == logins
    (answer,) = first.of("vmstore")
    assert isinstance(answer.login, Observed)
    assert answer.login.value == RestRefusal(403, "ERR-API-0124", "Invalid credentials")
    (again,) = second.of("vmstore")
    assert isinstance(again.login, Unobserved)
    assert again.login.gap is Gap.NOT_ALLOWED


@pytest.mark.parametrize("kind", ["busy", "many", "error"])
def test_a_login_that_is_not_rejected_leaves_the_password_usable(vmstore: Peers, stating: Stating, kind: str) -> None:
    wallet = holding()
    failing = Misbehavior(kind, "/api/v310/session/login")  # type: ignore[arg-type]
    with vmstore.serving(failing) as peer:
        collected(vmstore_answers(stating(peer), THIS_HOST, wallet))
    assert wallet.lack(LOGIN) is None


def test_without_a_secret_nothing_is_sent(vmstore: Peers, stating: Stating) -> None:
    with vmstore.serving() as peer:
        found = collected(vmstore_answers(stating(peer), THIS_HOST, Wallet(lacking={LOGIN: "X is not set"})))
        assert peer.requests == []
    (answer,) = found.of("vmstore")
    assert {seen.gap for seen in parts(answer) if isinstance(seen, Unobserved)} == {Gap.NO_CREDENTIALS}
    assert answer.acls == ()


def test_a_server_that_does_not_answer_has_the_same_gap_for_every_part(vmstore: Peers, stating: Stating) -> None:
    with vmstore.serving() as peer:
        site = stating(peer)
    found = collected(vmstore_answers(site, THIS_HOST, holding()))
    (answer,) = found.of("vmstore")
    assert {seen.gap for seen in parts(answer) if isinstance(seen, Unobserved)} == {Gap.REFUSED}


def test_one_part_without_an_answer_leaves_the_others(vmstore: Peers, stating: Stating) -> None:
    with vmstore.serving(Misbehavior("html", "/api/v310/role")) as peer:
        (answer,) = collected(vmstore_answers(stating(peer), THIS_HOST, holding())).of("vmstore")
    assert isinstance(answer.roles, Unobserved)
    assert answer.roles.gap is Gap.MALFORMED
    assert isinstance(answer.login, Observed)
    assert isinstance(answer.login.value, LoggedIn)
    assert isinstance(answer.shares, Observed)
    assert isinstance(answer.shares.value, FileShares)


def test_what_was_collected_can_be_recorded(vmstore: Peers, stating: Stating) -> None:
    from datetime import UTC, datetime

    with vmstore.serving() as peer:
        found = collected(vmstore_answers(stating(peer), THIS_HOST, holding()))
    data = encoding.encode({type(found): found}, host="station", started=datetime(2026, 7, 3, tzinfo=UTC), seconds=1.0)
    assert PASSWORD.encode() not in data
    (read,) = encoding.decode(data, "facts.json")[1].values()
    assert read.storages == found.storages  # type: ignore[attr-defined]
