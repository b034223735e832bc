"""The manual page of krbcheck, in the macros of man(7), made from the commands and their options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krbcheck import __version__


def manual(group: Any) -> str:  # noqa: ANN401 - the type is private to typer
    """Returns the page for a group of commands."""
    lines = [f'.TH KRBCHECK 1 "" "krbcheck {__version__}" "User Commands"']
    lines += [".SH NAME", "krbcheck \\- check the links between Hyper\\-V tenants and shared SMB storage"]
    lines += [".SH SYNOPSIS", ".B krbcheck", "[OPTIONS] COMMAND [ARGUMENTS]"]
    lines += [".SH DESCRIPTION", *_paragraphs(group.help or "")]
    lines.append(".SH COMMANDS")
    for name, command in group.commands.items():
        lines += [
            ".SS " + _escaped(f"krbcheck {name} {_arguments(command)}".rstrip()),
            *_paragraphs(command.help or ""),
        ]
        lines += list(_options(command))
    lines += [".SH SEE ALSO", "krbcheck explain, krbcheck schema site"]
    return "\n".join(lines) + "\n"


def _arguments(command: Any) -> str:  # noqa: ANN401 - the type is private to typer
    named = (each for each in command.params if each.param_type_name == "argument")
    return " ".join(_argument(each) for each in named)


def _argument(argument: Any) -> str:  # noqa: ANN401 - the type is private to typer
    name = (argument.metavar or argument.name.upper()) + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _options(command: Any) -> Iterator[str]:  # noqa: ANN401 - the type is private to typer
    for option in command.params:
        if option.param_type_name != "option" or option.hidden:
            continue
        names = ", ".join([*option.opts, *option.secondary_opts])
        value = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
        yield ".TP"
        yield f"\\fB{_escaped(names)}\\fR{_escaped(value)}"
        yield _escaped(" ".join((option.help or "").split()))


def _paragraphs(text: str) -> Iterator[str]:
    for number, part in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        yield _escaped(" ".join(part.split()))


def _escaped(text: str) -> str:
    """Returns text that no macro can begin in: hyphens stay hyphens that can be copied."""
    kept = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{kept}" if kept.startswith((".", "'")) else kept
