"""Removes secrets from the text of crashes, because a traceback may quote them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from krbcheck.credentials.wallet import Wallet
from krbcheck.facts.observation import Facts, Gap, Observed, Unobserved

OPENED: list[Wallet] = []
"""The wallets of this process, whose secrets a traceback of a command may quote."""


def redacted_by_all(text: str) -> str:
    """Returns the text without any secret of a wallet of this process."""
    for wallet in OPENED:
        text = redacted(text, wallet)
    return text


def redacted(text: str, wallet: Wallet) -> str:
    """Returns the text without any secret of the wallet, as it is or in hex, base64 or Python notation."""
    for written in sorted(_writings(wallet), key=len, reverse=True):
        text = text.replace(written, "***")
    return text


def _writings(wallet: Wallet) -> set[str]:
    found: set[str] = set()
    for secret in wallet.secrets():
        raw = secret.reveal()
        found |= {raw.decode(errors="replace"), raw.hex(), raw.hex().upper(), repr(raw)[2:-1]}
        found |= {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    return found - {""}


def redacted_facts(facts: Mapping[type[Facts], Facts], wallet: Wallet) -> dict[type[Facts], Facts]:
    """Returns the facts with the text of crashes redacted; all others are unchanged."""
    return {kind: _redacted(family, wallet) for kind, family in facts.items()}


def _redacted(observation: Any, wallet: Wallet) -> Any:  # noqa: ANN401 - whatever facts are made of
    if isinstance(observation, Unobserved):
        crashed = observation.gap is Gap.CRASHED
        return (
            msgspec.structs.replace(observation, detail=redacted(observation.detail, wallet))
            if crashed
            else observation
        )
    if isinstance(observation, Observed):
        return observation
    if isinstance(observation, tuple):
        made = tuple(_redacted(each, wallet) for each in observation)
        return made if any(new is not old for new, old in zip(made, observation, strict=True)) else observation
    if isinstance(observation, msgspec.Struct):
        old = {name: getattr(observation, name) for name in observation.__struct_fields__}
        new = {name: _redacted(value, wallet) for name, value in old.items()}
        changed = {name: value for name, value in new.items() if value is not old[name]}
        return msgspec.structs.replace(observation, **changed) if changed else observation
    return observation
