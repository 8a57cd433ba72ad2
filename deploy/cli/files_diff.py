"""`mesh files diff OLD NEW`: which records came, went or changed, by what makes each one itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.complaints import Complaint
from deploy.cli.console import OUT, say_json
from deploy.cli.opened_files import (
    FormatOption,
    KeyFileOption,
    OpenedFile,
    ReceivedOption,
    opened,
)
from deploy.cli.options import HomeOption, JsonOption, home_of

OldArgument = Annotated[Path, typer.Argument(metavar="OLD", help="The earlier file.")]
NewArgument = Annotated[Path, typer.Argument(metavar="NEW", help="The later file.")]
LimitOption = Annotated[int, typer.Option("--limit", min=0, help="How many differences are shown.")]
# A running number only says where a record stands.
PLACES = {"record_no", "record_seq"}
SIGNS = {"added": "+", "removed": "-", "changed": "~", "header": "~ header"}
Identity = tuple[str, ...]


@dataclass
class Differences:
    """Counts every difference by kind and keeps the first ones."""

    limit: int
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, identity: Identity, fields: dict[str, Any]) -> None:
        """Take note of one difference; fields: name -> [old, new], or the record's own values."""
        self.counts[kind] += 1
        if len(self.kept) < self.limit:
            self.kept.append({"kind": kind, "identity": list(identity), "fields": fields})


def diff(
    old: OldArgument,
    new: NewArgument,
    *,
    file_format: FormatOption = None,
    key_file: KeyFileOption = None,
    received_on: ReceivedOption = None,
    limit: LimitOption = 200,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two files of one format: records added, removed and changed, field by field.

    Records are the same by their keys, not by their place; running numbers are not compared. Exit
    code 1 if the files differ. Both must be sound. OLD is held in memory.

    Example: mesh files diff choutei-june.csv choutei-july.csv
    """
    with ExitStack() as readings:
        files = [
            opened(
                path,
                home_of(home),
                readings,
                named=file_format,
                key_file=key_file,
                received_on=received_on,
            )
            for path in (old, new)
        ]
        if files[0].known is not files[1].known:
            names = " and ".join(each.known.name for each in files)
            detail = f"形式が違うため比べられません。 These are {names}: only like can be compared"
            raise Complaint("formats_differ", detail)
        found = _compared(files[0], files[1], Differences(limit))
    if as_json:
        document = {"format": files[0].known.name, "same": not found.counts}
        say_json(document | {"counts": dict(found.counts), "differences": found.kept})
    else:
        _print(found)
    if found.counts:
        raise typer.Exit(1)


def _compared(old: OpenedFile, new: OpenedFile, found: Differences) -> Differences:
    before = dict(_by_identity(old))
    for identity, item in _by_identity(new):
        earlier = before.pop(identity, None)
        if earlier is None:
            found.add("added", identity, _values(item))
            continue
        was, now = _values(earlier), _values(item)
        changed = {name: [was[name], now[name]] for name in was if was[name] != now[name]}
        if changed:
            found.add("header" if identity[0] == "header" else "changed", identity, changed)
    for identity, item in before.items():
        found.add("removed", identity, _values(item))
    return found


def _by_identity(given: OpenedFile) -> Iterator[tuple[Identity, Any]]:
    """Yield (identity, header or record); the second of two alike is told by its number."""
    from shared.files.problems import FileProblem

    seen: Counter[Identity] = Counter()
    for item in given.items():
        if isinstance(item, FileProblem):
            if item.structural:
                name = given.path.name
                detail = f"{name} に問題があります。 {name} is not sound ({item.place})"
                detail += ": mesh files check"
                raise Complaint("file_not_sound", detail)
            continue
        identity: Identity = ("header",)
        if isinstance(item, given.known.record):
            identity = tuple(str(getattr(item, name)) for name in given.known.identity)
        seen[identity] += 1
        number = seen[identity]
        yield (identity if number == 1 else (*identity, f"#{number}")), item


def _values(item: Any) -> dict[str, Any]:  # noqa: ANN401 - any header or record
    names = [name for name in item.__dataclass_fields__ if name not in PLACES]
    return {name: getattr(item, name) for name in names}


def _print(found: Differences) -> None:
    for each in found.kept:
        key = " ".join(each["identity"])
        OUT.print(f"{SIGNS[each['kind']]} {key}", highlight=False, markup=False, soft_wrap=True)
        if each["kind"] in {"changed", "header"}:
            for name, (was, now) in each["fields"].items():
                line = f"    {name}: {_shown(was)} -> {_shown(now)}"
                OUT.print(line, highlight=False, markup=False, soft_wrap=True)
    if not found.counts:
        OUT.print("違いはありません。 The files hold the same.", highlight=False)
        return
    counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(found.counts.items()))
    hidden = found.counts.total() - len(found.kept)
    more = f" ({hidden:,} not shown: --limit)" if hidden else ""
    OUT.print(f"違いがあります。 They differ: {counts}{more}", highlight=False, soft_wrap=True)


def _shown(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
