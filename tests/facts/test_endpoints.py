"""A server and its port travel as one text and come apart again."""

from __future__ import annotations

import pytest

from krbcheck.facts.endpoints import endpoint, server_and_port


@pytest.mark.parametrize(
    ("server", "port", "text"),
    [
        ("10.77.0.10", 88, "10.77.0.10:88"),
        ("vmdc1.vmlevel.com", 389, "vmdc1.vmlevel.com:389"),
        ("fd00::10", 53, "[fd00::10]:53"),
        ("fd00::10", 0, "[fd00::10]"),
        ("10.77.0.10", 0, "10.77.0.10"),
        ("", 0, ""),
    ],
)
def test_server_and_port_come_back(server: str, port: int, text: str) -> None:
    assert endpoint(server, port) == text
    assert server_and_port(text) == (server, port)


@pytest.mark.parametrize("text", ["fd00::10", "cifs/a:b", ":88", "a:99999", "a:", "a: 8", "a:٣"])
def test_a_text_without_a_port_is_a_server(text: str) -> None:
    assert server_and_port(text) == (text, 0)
