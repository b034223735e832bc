"""The rejections of earlier runs: a rejected credential is not sent again until --retry."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from krbcheck.asking.answering import now
from krbcheck.cli.exits import tell
from krbcheck.credentials.rejections import Rejections, state_folder
from krbcheck.credentials.wallet import Credential, Wallet
from krbcheck.site.reading import one_line


def remember_rejections(wallet: Wallet, *, retry: bool) -> None:
    """Holds back what a server rejected in an earlier run, or forgets that with `retry`; rejections of this run are
    remembered. What cannot be read or written is a message on stderr.
    """
    wallet.retry = retry
    try:
        home = Path.home()
    except RuntimeError:
        tell("this user has no home folder: rejected credentials are not remembered; set XDG_STATE_HOME")
        return
    store = Rejections(state_folder(os.environ, home))
    try:
        if retry:
            store.forget(list(wallet.credentials))
        for credential in wallet.credentials.values():
            if why := store.why_not(credential, now()):
                wallet.hold_back(credential.principal, why)
    except OSError as bad:
        tell(f"{_shown(store)}: cannot be read: {bad.strerror}; what servers rejected in earlier runs is sent")
    wallet.remember = partial(_remember, store)


def _remember(store: Rejections, credential: Credential, how: str) -> None:
    try:
        store.add(credential, how, now())
    except OSError as bad:
        tell(
            f"{_shown(store)}: cannot be written: {bad.strerror}; that {credential.principal} was rejected is forgotten"
        )


def _shown(store: Rejections) -> str:
    return one_line(str(store.folder))
