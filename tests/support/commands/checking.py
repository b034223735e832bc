"""What is wrong with a command: its syntax, a cmdlet, a program, a parameter or an option that does not exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from tests.support.commands.cmdlets import PARAMETERS
from tests.support.commands.programs import OURS, POSIX, WINDOWS, Program

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

CMDLET = re.compile(r"[A-Z][A-Za-z]+-[A-Z]\w+")
ASSIGNMENT = re.compile(r"[A-Z_0-9]+=\S+$")
VERBS = {"query", "add", "delete"}


def mistakes(command: str, *, posix: bool) -> list[str]:
    """Everything that is wrong with the command, for PowerShell or for a POSIX shell; empty if nothing is."""
    return list(_posix(command) if posix else _powershell(command))


def shell_of(command: str) -> bool:
    """Whether a command of ours is for a POSIX shell, where the step does not say it by its platform."""
    return command.startswith(("KRB5_TRACE", "kvno", "krbcheck"))


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_powershell

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def _powershell(command: str) -> Iterator[str]:
    root = _parser().parse(_spelled(command).encode()).root_node
    if root.has_error:
        yield f"PowerShell does not parse {command}"
        return
    for node in _commands(root):
        yield from _invocation(node)


def _spelled(command: str) -> str:
    """The command without what tree-sitter-powershell 0.26 does not parse although PowerShell does: digits in the name
    of a parameter, addresses, and lists of names that are not in quotes.
    """
    parts = re.split(r"""('[^']*'|"[^"]*")""", command)
    for number in range(0, len(parts), 2):
        text = re.sub(r"(?<=\s)-[A-Za-z]\w*", lambda found: spelled(found[0]), parts[number])
        text = re.sub(r"(?<=\s)\d+(?:\.\d+){3}", lambda found: f"'{found[0]}'", text)
        parts[number] = re.sub(
            r"(?<=\s)[A-Za-z0-9][\w-]*(?:, ?[A-Za-z0-9][\w-]*)+",
            lambda found: ",".join(f"'{name.strip()}'" for name in found[0].split(",")),
            text,
        )
    return "".join(parts)


def spelled(name: str) -> str:
    """The name with its digits as letters."""
    return re.sub(r"\d", lambda digit: "ZYXWVUTSRQ"[int(digit[0])], name)


def _commands(node: Node) -> Iterator[Node]:
    if node.type == "command":
        yield node
    for child in node.children:
        yield from _commands(child)


def _invocation(node: Node) -> Iterator[str]:
    """One command of a pipeline, without the commands inside of its brackets."""
    text = (node.text or b"").decode()
    name = text.split()[0]
    if not CMDLET.fullmatch(name):
        yield from _program(shlex.split(text.replace("\\", "\\\\"), posix=True), WINDOWS)
        return
    documented = PARAMETERS.get(name.lower())
    if documented is None:
        yield f"{name} is not in the table of cmdlets"
        return
    known = {spelled(parameter).lower() for parameter in documented}
    used = [parameter.lower().lstrip("-") for parameter in _parameters(node)]
    yield from (f"{name} has no parameter -{entry}" for entry in used if entry not in known)
    yield from (f"{name} has -{entry} twice" for entry in set(used) if used.count(entry) > 1)


def _parameters(node: Node) -> Iterator[str]:
    for child in node.children:
        if child.type == "command_parameter":
            yield (child.text or b"").decode()
        elif child.type not in ("command", "script_block_expression", "parenthesized_expression"):
            yield from _parameters(child)


def _posix(command: str) -> Iterator[str]:
    done = subprocess.run(["bash", "-n"], input=command, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"bash does not parse {command}: {done.stderr}"
        return
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, "|"]:
        if token in ("|", ";", "&&"):
            if words:
                yield from _program(words, POSIX)
            words = []
        elif token in (">", ">>"):
            words.append("")
        elif not (ASSIGNMENT.match(token) and not words):
            words.append(token)


def _program(words: list[str], table: dict[str, Program] | object) -> Iterator[str]:
    assert isinstance(table, dict)
    name, *rest = words
    program = OURS if name == "krbcheck" else table.get(name)
    if program is None:
        yield f"{name} is not in the table of programs"
        return
    plain = [word for word in rest if word and not word.startswith(("-", "/"))]
    if program.words and not any(" ".join(plain).startswith(words) for words in program.words):
        yield f"{name} has no subcommand {' '.join(plain[:3])}"
    allowed = set(program.options.split())
    for word in rest:
        option = _option(word, allowed)
        if option and option not in allowed:
            yield f"{name} has no option {option}"


def _option(word: str, allowed: set[str]) -> str:
    """The option of a word without its value; empty if the word is none, such as a path."""
    if not re.match(r"(?:--?|/)[A-Za-z]", word) or word.count("/") > 1 or word in ("-", "--"):
        return ""
    lowered = word.lower()
    return lowered if lowered in allowed else re.split(r"[:=]", lowered)[0]
