"""CPU of Kerberos messages without a network: ours, beside impacket's own coding of the same.

Run: .venv/bin/python tests/benchmark/messages.py (needs ../shared/vectors).
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder

from krbcheck.probes.kerberos import messages as wire
from krbcheck.probes.kerberos import replies
from krbcheck.probes.kerberos.keys import OFFERED, string_to_key
from krbcheck.windows import der

ROUNDS, TIMES = 5, 100
MESSAGES = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "kerberos-msg"
PASSWORD, SALT = "P@ssw0rd!", "CORP.IDENTITYINTERVENTION.COMtestuser"
Row = tuple[str, Callable[[], object], int]


def message(name: str) -> bytes:
    return (MESSAGES / f"{name}.bin").read_bytes()[4:]


def nonce(request: bytes) -> int:
    return der.read_unsigned(der.fields(der.fields(der.inner(request, request[0]))[4])[7])


def with_schemas(reply: bytes, key: Any) -> None:
    """A TGS-REP as impacket's users read it."""
    said = decoder.decode(reply, asn1Spec=asn1.TGS_REP())[0]
    plain = crypto.decrypt(key, wire.USAGE_TGS_REP, bytes(said["enc-part"]["cipher"]))
    decoder.decode(plain, asn1Spec=asn1.EncTGSRepPart())


def rows() -> list[Row]:
    keys = json.loads((MESSAGES / "KEYS.json").read_text())
    session = replies.key(18, bytes.fromhex(keys["knet as-rep session key (recovered)"]["key"]))
    own = replies.key(18, string_to_key(18, PASSWORD.encode(), SALT.encode()).reveal())
    as_rep, as_nonce = message("knet-as-rep"), nonce(message("knet-as-req-preauth"))
    _, tgt = replies.grant(as_rep, replies.AS_REP, own, wire.USAGE_AS_REP, as_nonce)
    reply, asked = message("knet-tgs-rep-testuser-host-app03"), nonce(message("knet-tgs-req-testuser-host-app03"))
    cipher = replies.sealed(replies.message(reply, replies.TGS_REP)[6]).cipher
    error = message("scapy-krberror-windows-32-ntstatus-c0000133")
    now = datetime.now(UTC)
    return [
        ("TGS-REQ made", lambda: wire.tgs_req(tgt, tgt.realm, "cifs/vmstore.tintri.com", OFFERED, 1, now), TIMES),
        ("TGS-REP read", lambda: replies.grant(reply, replies.TGS_REP, session, wire.USAGE_TGS_REP, asked), TIMES),
        ("  of that: decrypting", lambda: crypto.decrypt(session, wire.USAGE_TGS_REP, cipher), TIMES),
        ("  by impacket's schemas", lambda: with_schemas(reply, session), TIMES),
        ("KRB-ERROR read", lambda: replies.krb_error(error), TIMES),
        ("  by impacket's schemas", lambda: decoder.decode(error, asn1Spec=asn1.KRB_ERROR()), TIMES),
        ("AS-REQ with proof made", lambda: wire.as_req(tgt.realm, "testuser", OFFERED, 1, now, own), TIMES),
        ("string-to-key, AES256", lambda: string_to_key(18, PASSWORD.encode(), SALT.encode()), 10),
        ("  by impacket", lambda: crypto.string_to_key(18, PASSWORD, SALT), 1),
    ]


def cpu_ms(call: Callable[[], object], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times * 1000


def main() -> None:
    warnings.simplefilter("ignore")
    measured = rows()
    taken: list[list[float]] = [[] for _ in measured]
    for _ in range(ROUNDS):
        for spent, (_, call, times) in zip(taken, measured, strict=True):
            spent.append(cpu_ms(call, times))
    for spent, (name, _, _) in zip(taken, measured, strict=True):
        sys.stdout.write(f"{name:<28}{median(spent):8.3f} ms of CPU\n")


if __name__ == "__main__":
    main()
