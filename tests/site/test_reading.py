"""The site file: what a good one becomes, and what each mistake is called."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from krbcheck.site.form import SiteForm
from krbcheck.site.reading import SiteError, read_site, site_of
from krbcheck.site.stated import Access, Backup, DataPath, Domain, Principal, SecretKind, SecretSource, Share, Site

FILE = Path(__file__).with_name("site.yaml")
GOOD = FILE.read_text()


def mistake(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(SiteError) as caught:
        site_of(data, "site.yaml", Path("/etc/krbcheck/site.yaml"))
    said = str(caught.value)
    assert said.isprintable(), "one line, no controls"
    return said


def changed(old: str, new: str) -> str:
    """The good file with one thing changed."""
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


def test_a_good_file_becomes_a_site_with_normalised_names() -> None:
    site = read_site(FILE)
    folder = FILE.parent.absolute()
    assert site.name == "site.yaml"
    env = SecretSource(SecretKind.ENV, "KRBCHECK_VMLEVEL", 6)
    servers = ("10.77.0.10", "10.77.0.11")
    assert site.domains[0] == Domain("vmlevel.com", "krbcheck@VMLEVEL.COM", env, servers, ("tintri.com",))
    assert site.domains[1].secret == SecretSource(SecretKind.FILE, str(folder / "secrets/tintri"), 11)
    assert site.domains[1].forest_search_order is None
    api = site.storage("vmstore").vmstore_api
    assert api is not None
    assert api.ca_file == str(folder / "vmstore-ca.pem")
    alice, bob = site.tenants
    assert alice.source == "10.77.11.101"
    assert alice.data_paths == (DataPath("vmstore-alice.tintri.com", "vmstore", "10.77.11.30"),)
    assert alice.shares == (Share("AliceVMs", Access.FULL, "vmstore"),)
    keytab = SecretSource(SecretKind.KEYTAB, str(folder / "alice-hv01.keytab"), 33)
    assert alice.principals == (Principal("alice-hv01$@VMLEVEL.COM", keytab), Principal("alice-hv02$@VMLEVEL.COM"))
    assert (bob.shares, bob.principals, bob.data_paths[0].address) == ((), (), "")
    assert site.backups == (Backup("dpm-2016", "vmstore", ("alice-hv01$@VMLEVEL.COM",), "VMLEVEL\\Hyper-V Hosts"),)


def test_the_schema_of_the_form_takes_what_the_reader_takes() -> None:
    schema = msgspec.json.schema(SiteForm)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(GOOD), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(changed("networks:", "nets:")), schema)


def test_a_domain_may_be_no_more_than_a_name() -> None:
    text = changed("    account: krbcheck@TINTRI.COM\n    secret: {file: secrets/tintri}\n", "")
    assert site_of(text.encode(), "s", FILE).domains[1] == Domain("tintri.com")


def test_rc4_is_allowed_only_where_it_is_stated() -> None:
    stated = changed("    account: krbcheck@TINTRI.COM\n", "    account: krbcheck@TINTRI.COM\n    rc4: allowed\n")
    assert [domain.rc4 for domain in site_of(stated.encode(), "s", FILE).domains] == [False, True]


def test_a_storage_and_a_share_state_what_they_require() -> None:
    more = "encryption: required\n    management: VMstore.tintri.com.\n    ports: [22, 443]\n    account: VMSTORE"
    storage = site_of(changed("account: VMSTORE", more).encode(), "s", FILE).storage("vmstore")
    assert (storage.encrypted, storage.management, storage.ports) == (True, "vmstore.tintri.com", (22, 443))
    assert storage.management_address == ""
    by_address = changed("account: VMSTORE", "management: 10.77.0.40\n    account: VMSTORE")
    assert site_of(by_address.encode(), "s", FILE).storage("vmstore").management_address == "10.77.0.40"
    share = site_of(changed("access: full", "access: full, encryption: required").encode(), "s", FILE)
    assert share.tenants[0].shares[0] == Share("AliceVMs", Access.FULL, "vmstore", encrypted=True)


def test_scalars_are_text_as_typed() -> None:
    site = site_of(changed("AliceVMs", "no").encode(), "s", FILE)
    assert site.tenants[0].shares[0].name == "no"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("networks:", "netwoks:", ["unknown key 'netwoks'", "did you mean 'networks'?"], id="misspelt"),
        pytest.param("backup:", "backups:", ["unknown key 'backups'", "'backup'"], id="misspelt-section"),
        pytest.param("10.77.12.0/24", "10.77.11.0/24", ["overlaps", "tenant alice in line 25"], id="same-network"),
        pytest.param("10.77.12.0/24", "10.77.0.0/16", ["overlaps", "10.77.11.0/24"], id="overlapping-network"),
        pytest.param(
            ", storage: vmstore}",
            "}",
            ["storage is missing in a data path of alice", "one of vmstore"],
            id="no-storage",
        ),
        pytest.param("30, storage: vmstore", "30, storage: vmstor", ["'vmstor'", "'vmstore'"], id="unknown-storage"),
        pytest.param("alice-hv02$@VMLEVEL.COM", "alice-hv02$", ["no realm", "account@REALM"], id="no-realm"),
        pytest.param("alice-hv02$@VMLEVEL.COM", "a$@VMLEVL.COM", ["not a domain", "'VMLEVEL.COM'"], id="other-realm"),
        pytest.param("krbcheck@TINTRI.COM", "x@VMLEVEL.COM", ["x@VMLEVEL.COM", "of TINTRI.COM"], id="foreign-reader"),
        pytest.param("alice-hv02$@VMLEVEL.COM", "Alice-HV01$@VMLEVEL.COM", ["line 33"], id="principal-twice"),
        pytest.param("krbcheck: 1", "krbcheck: 2", ["newer", "'krbcheck: 1'"], id="newer-form"),
        pytest.param("krbcheck: 1", "", ["'krbcheck: 1' is missing"], id="no-form"),
        pytest.param("krbcheck: 1", "krbcheck: x", ["'krbcheck: 1'"], id="strange-form"),
        pytest.param("  bob:", "  alice:", ["twice", "line 24"], id="duplicate-key"),
        pytest.param("  tintri.com:", "  VMLEVEL.COM:", ["vmlevel.com is stated twice"], id="duplicate-domain"),
        pytest.param("10.77.11.30", "10.77.11.300", ["'10.77.11.300'", "IP address"], id="bad-address"),
        pytest.param("10.77.11.30", "10.77.13.30", ["outside the networks of alice"], id="address-outside"),
        pytest.param("10.77.11.101", "10.77.12.101", ["outside the networks of alice"], id="vantage-outside"),
        pytest.param("10.77.11.0/24", "10.77.11.5/24", ["the network is 10.77.11.0/24"], id="host-bits"),
        pytest.param("10.77.11.0/24", "10.77.11.0", ["without a prefix length"], id="no-prefix"),
        pytest.param("10.77.11.0/24", "vlan11", ["'vlan11'", "10.77.11.0/24"], id="bad-network"),
        pytest.param("[10.77.11.0/24]", "[]", ["networks of alice is empty"], id="empty-list"),
        pytest.param("[10.77.11.0/24]", "10.77.11.0/24", ["text, not a list"], id="no-list"),
        pytest.param("[10.77.0.10, 10.77.0.11]", "[10.77.0.10, 10.77.0.10]", ["twice"], id="server-twice"),
        pytest.param("dpm-2016", "dpm-2017", ["'dpm-2017'", "did you mean", "veeam"], id="unknown-product"),
        pytest.param("access: full", "access: write", ["'write'", "full, change, read"], id="unknown-access"),
        pytest.param("[Tintri.com]", "[tintry.com]", ["'tintry.com'", "'tintri.com'"], id="unknown-forest"),
        pytest.param("name: AliceVMs", "name: 'Alice/VMs'", ["'Alice/VMs'"], id="bad-share-name"),
        pytest.param("'TINTRI\\Domain Admins'", '"TINTRI\\Domain Admins"', ["single quotes"], id="backslash"),
        pytest.param("'TINTRI\\Domain Admins'", "Domain Admins", ["'Domain Admins'", "SID"], id="group-without-domain"),
        pytest.param("https://vmstore", "http://vmstore", ["https://HOST"], id="plain-http"),
        pytest.param("  alice:\n", "\talice:\n", ["spaces"], id="tab"),
        pytest.param("  alice:\n", "  alice:\n    <<: *x\n", ["alias"], id="alias"),
        pytest.param("  alice:\n", "  alice: &x\n", ["anchor"], id="anchor"),
        pytest.param("access: full", "access: full, encryption: on", ["'on'", "required"], id="encryption"),
        pytest.param(
            "account: krbcheck@TINTRI.COM",
            "rc4: yes\n    account: krbcheck@TINTRI.COM",
            ["'yes'", "allowed"],
            id="rc4",
        ),
        pytest.param("account: VMSTORE", "encryption: off\n    account: VMSTORE", ["'off'"], id="storage-encryption"),
        pytest.param("account: VMSTORE", "ports: [0]\n    account: VMSTORE", ["'0'", "1 to 65535"], id="port-0"),
        pytest.param("account: VMSTORE", "ports: [ssh]\n    account: VMSTORE", ["'ssh'", "65535"], id="port-by-name"),
        pytest.param("account: VMSTORE", "ports: [22, 22]\n    account: VMSTORE", ["22", "twice"], id="port-twice"),
        pytest.param("account: VMSTORE", "ports: 22\n    account: VMSTORE", ["text, not a list"], id="port-alone"),
        pytest.param("account: VMSTORE", "management: a b\n    account: VMSTORE", ["DNS name"], id="management"),
        pytest.param("name: AliceVMs", 'name: "Al\\eice"', ["control characters"], id="escape-in-name"),
    ],
)
def test_a_mistake_names_its_line_and_what_is_allowed(old: str, new: str, words: list[str]) -> None:
    said = mistake(changed(old, new))
    line = GOOD.count("\n", 0, GOOD.index(old)) + 1
    beyond = {"": 2, "  alice:\n    <<: *x\n": 1}
    assert re.match(rf"site\.yaml:{line + beyond.get(new, 0)}: .+; .+", said), said
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    "written",
    [
        "secret: hunter2",
        "secret: {hunter2}",
        "secret: {password: hunter2}",
        "secret: {value: hunter2}",
        "secret: {env: hunter2!}",
        "secret: [hunter2]",
        "secret: {env: A, password: hunter2}",
        "secret: !hunter2",
        "secret: *hunter2",
        "secret: &hunter2 x",
        "secret: {prompt: hunter2}",
        "secret:\n      env: {hunter2: x}",
        "password: hunter2",
        "Password: hunter2",
        "secret: 'hunter2",
        'secret: "hunter2\\D"',
        "secret: @hunter2",
        "secret: hunter2: x",
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_quoted(written: str) -> None:
    said = mistake(changed("secret: {env: KRBCHECK_VMLEVEL}", written))
    assert "hunter2" not in said
    assert re.match(r"site\.yaml:\d+: ", said)


def test_a_secret_in_the_file_is_told_what_is_allowed() -> None:
    said = mistake(changed("secret: {env: KRBCHECK_VMLEVEL}", "secret: hunter2"))
    assert said.startswith(
        "site.yaml:6: the site file must not contain a secret; state its source: secret: {env: NAME}"
    )
    assert "{keytab: PATH}" in said
    assert "did you mean 'keytab'" in mistake(changed("{keytab:", "{keytb:"))


def test_a_secret_in_a_url_is_refused() -> None:
    said = mistake(changed("https://vmstore", "https://me:hunter2@vmstore"))
    assert "must not contain a secret" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"- a\n- b\n", "not a site file"),
        (b"just text", "not a site file"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "contains control characters"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"a: [", "not YAML"),
        (b'{"schema": 1, "families": {}}', "a recording, not a site file"),
        (b"krbcheck: 1\n---\nkrbcheck: 1\n", "second document"),
        (b"krbcheck: " + b"[" * 100_000, "nested deeper"),
        (b"krbcheck: 1\ndomains:\nstorage: {}\ntenants: {}\n", "domains is empty, not a mapping"),
        (b"krbcheck: 1\ndomains: {}\nstorage: {}\ntenants: {}\n", "domains is empty"),
        (b"#" * ((1 << 20) + 1), "larger than"),
    ],
)
def test_a_file_of_the_wrong_kind_is_told_apart(data: bytes, words: str) -> None:
    assert words in mistake(data)


@pytest.mark.parametrize(
    "error",
    [
        yaml.parser.ParserError(None, None, "exceeded maximum nesting depth"),
        yaml.scanner.ScannerError(None, None, "exceeded max nesting of 1000"),
        RecursionError("maximum recursion depth exceeded"),
    ],
    ids=["PyYAML 6.0.4", "libyaml", "pure Python"],
)
def test_every_version_of_the_parser_gives_our_words_for_deep_nesting(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def parse(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(yaml, "parse", parse)
    assert "nested deeper than 12 levels" in mistake(b"krbcheck: [[")


def test_what_is_no_file_is_one_line_too(tmp_path: Path) -> None:
    for path, words in ((tmp_path, "directory"), (tmp_path / "none", "No such file"), (Path("a\0b"), "cannot be read")):
        with pytest.raises(SiteError, match=words):
            read_site(path)


def test_a_share_says_its_storage_where_there_are_several() -> None:
    two = changed("storage:\n  vmstore:", "storage:\n  fabstore: {account: FAB$@TINTRI.COM}\n  vmstore:")
    two = two.replace(
        "30, storage: vmstore}\n", "30, storage: vmstore}\n      - {name: f.tintri.com, storage: fabstore}\n"
    )
    assert "share AliceVMs has no storage" in mistake(two)
    site = site_of(two.replace("access: full", "access: full, storage: fabstore").encode(), "s", FILE)
    assert site.tenants[0].shares[0].storage == "fabstore"


def outcome(data: bytes) -> Site | str:
    """Anything but a Site or a SiteError is a failure."""
    try:
        return site_of(data, "site.yaml", FILE)
    except SiteError as said:
        return str(said)


def is_good(outcome: Site | str) -> bool:
    return isinstance(outcome, Site) or (outcome.isprintable() and len(outcome) < 1000)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode())))
@example(b"? ? ?")
@example(b"%TAG ! tag:x")
@example("krbcheck: ①".encode())
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_a_site_or_one_line(data: bytes) -> None:
    assert is_good(outcome(data))


SNIPPETS = st.sampled_from(
    ["{", "}", "[", "]", ":", " ", "\n", "'", '"', "- ", "~", "x", "@", "\\", "é", "1", "0/0", "#"]
)


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.lists(SNIPPETS, max_size=4).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_edit_of_a_good_file_gives_a_site_or_one_line(at: int, cut: int, put: str) -> None:
    assert is_good(outcome((GOOD[:at] + put + GOOD[at + cut :]).encode()))


def test_the_example_in_the_readme_is_a_site() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    example = readme.partition("```yaml\n")[2].partition("```")[0]
    assert site_of(example.encode(), "README.md", FILE).tenants[0].name == "alice"
