"""What a demo leaves for its reader, outside of its home: the home remembers where, to remove it.

Knows the names of the files; what stands in them is told elsewhere.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from deploy.home import Home, read_json, write_private
from deploy.supervisor import SUPERVISOR
from shared.wire.doors import SERVICES

RECORD = "results.json"
SUMMARY, STATEMENT = "summary.json", "statement.csv"
LOGS = tuple(f"{name}.log" for name in (*SERVICES, SUPERVISOR))


def prepare_results(home: Home, folder: Path) -> Path:
    """Make the folder, take away what an earlier demo left in it, remember it; return it.

    Done before the demo begins: a folder that cannot be written to is an OSError at once, and a
    demo that fails leaves nobody the figures of the one before.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in (SUMMARY, STATEMENT, *LOGS):
        (folder / name).unlink(missing_ok=True)
    write_private(home.path / RECORD, json.dumps(str(folder)).encode())
    return folder


def keep_logs(home: Home, folder: Path) -> None:
    """Copy the services' logs to the results, of a demo that failed above all."""
    for name in LOGS:
        if (home.logs / name).exists():
            shutil.copyfile(home.logs / name, folder / name)


def keep_figures(folder: Path, figures: dict[str, Any], statement: str) -> None:
    """Write the summary and the statement."""
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    (folder / SUMMARY).write_text(text, encoding="utf-8")
    (folder / STATEMENT).write_text(statement, encoding="utf-8")


def remove_results(home: Home) -> list[Path]:
    """Remove what the last demo of this home left outside of it; other files there stay."""
    record = home.path / RECORD
    if not (home.is_ours and record.exists()):
        return []
    folder = Path(read_json(record))
    removed = [folder / name for name in (SUMMARY, STATEMENT, *LOGS) if (folder / name).is_file()]
    for path in removed:
        path.unlink()
    record.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return removed
