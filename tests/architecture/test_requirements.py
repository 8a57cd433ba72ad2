"""The list of dependencies: every one pinned, hashed for every platform, without any address."""

from __future__ import annotations

import re

from tests.architecture.source_text import ROOT

PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[0-9][0-9a-z.]*)( ; .+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
ASKED = re.compile(r"^(?P<name>[a-z0-9-]+)(\[[a-z]+\])?==(?P<version>\S+) +# \w.+$")


def _problems(text: str) -> list[str]:
    """Return every line that is no comment, no pin and no hash, and every pin without a hash."""
    lines = text.splitlines()
    strange = [
        f"line {number}: {line}"
        for number, line in enumerate(lines, 1)
        if line.strip()
        and not line.lstrip().startswith("#")
        and not PIN.match(line)
        and not HASH.match(line)
    ]
    bare = [
        f"line {number}: no hash for {line}"
        for number, line in enumerate(lines, 1)
        if PIN.match(line) and not (number < len(lines) and HASH.match(lines[number]))
    ]
    return strange + bare


def _compiled() -> str:
    return (ROOT / "requirements.txt").read_text("utf-8")


def _pins(text: str) -> dict[str, str]:
    found = (PIN.match(line) for line in text.splitlines())
    return {match["name"]: match["version"] for match in found if match}


def _asked() -> dict[str, str]:
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    found = [ASKED.match(line) for line in lines if line.strip() and not line.startswith("#")]
    assert None not in found, "every line of requirements.in is `name==version  # why`"
    return {match["name"]: match["version"] for match in found if match}


def test_every_requirement_is_pinned_and_hashed() -> None:
    text = _compiled()
    assert _problems(text) == []
    assert len(_pins(text)) > len(_asked())


def test_the_requirements_hold_no_address_and_no_folder() -> None:
    text = _compiled()
    assert "://" not in text
    assert not re.search(r"^\s*(-[a-z]|--(?!hash))", text, re.MULTILINE)
    assert not re.search(r"(^|\s)/\w|@ ", text)


def test_what_is_asked_for_is_what_is_pinned() -> None:
    pins = _pins(_compiled())
    assert {name: pins.get(name) for name in _asked()} == _asked()


def test_a_loose_requirement_is_found() -> None:
    hashed = f"rich==15.0.0 \\\n    --hash=sha256:{'0' * 64}\n"
    assert _problems(hashed) == []
    assert _problems("rich>=15.0.0\n")
    assert _problems("rich==15.0.0\n")
    assert _problems("rich==15.0.0 \\\n    # via nothing\n")
    assert _problems(f"--extra-index-url file:///x\n{hashed}")
