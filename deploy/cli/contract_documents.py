"""Makes each door's OpenAPI document from the door's own application, without opening anything.

What OpenAPI has no word for (callers, logins, roles, limits) is told by the arrows, as x-mesh.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from deploy.home import Home
from deploy.installation import Installation, standing_ports
from shared.kit.arrow import AnyArrow, Binary
from shared.kit.documented import problem_responses
from shared.kit.door_app import Door
from shared.wire.doors import DOORS, SERVICES, arrows_of
from shared.wire.examples import answer_file, example_of, question_file
from shared.wire.payeasy_examples import ANSWERS, MEANINGS, QUESTIONS

OCTETS, JSON = "application/octet-stream", "application/json"
BYTES = {"type": "string", "format": "binary"}
FROM_CONTRACTS = "../../shared/wire/examples/files"
"""Where the examples that are bytes stand, as seen from docs/contracts."""
NO_DATABASE = "postgresql+asyncpg://nobody@localhost/nothing"
# FastAPI's own idea of a malformed body; our doors answer with a problem document instead.
NOT_OURS = ("HTTPValidationError", "ValidationError")


def contract_documents() -> dict[str, dict[str, Any]]:
    """Return the document of every door by "service.door", in the order of the doors.

    Built in sandbox mode, so that the sandbox's questions are documented too.
    """
    with tempfile.TemporaryDirectory(prefix="mesh-contracts-") as folder:
        installation = Installation(Home(Path(folder))).prepare(standing_ports())
        resources = {service: _resources_of(installation, service) for service in SERVICES}
        found = {}
        for place in DOORS:
            app = importlib.import_module(f"services.{place.service}.app")
            gate = app.create_app(resources[place.service], place.name)
            arrows = arrows_of(place.service, place.name)
            found[f"{place.service}.{place.name}"] = _document(gate.app, arrows)
        return found


def _resources_of(installation: Installation, service: str) -> Any:  # noqa: ANN401 - each its own
    """Build a service as its own process would, from the same settings, and open nothing."""
    environment = installation.environment(service, NO_DATABASE)
    settings = importlib.import_module(f"services.{service}.settings").Settings
    build = importlib.import_module(f"services.{service}.resources").build_resources
    return build(settings(**nested(environment, f"{service.upper()}_")))


def nested(environment: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """Return environment variables as the settings' own fields: A__B=1 is {"a": {"b": "1"}}."""
    fields: dict[str, Any] = {}
    for name, value in environment.items():
        *blocks, last = name.removeprefix(prefix).lower().split("__")
        inner = fields
        for block in blocks:
            inner = inner.setdefault(block, {})
        inner[last] = value
    return fields


def _document(api: FastAPI, arrows: tuple[AnyArrow, ...]) -> dict[str, Any]:
    document, door = api.openapi(), api.state.door
    for arrow in arrows:
        _complete(document["paths"][arrow.path][arrow.method.lower()], arrow, door)
    schemas = document.get("components", {}).get("schemas", {})
    for name in NOT_OURS:
        schemas.pop(name, None)
    return document


def _complete(operation: dict[str, Any], arrow: AnyArrow, door: Door) -> None:
    """Tell what FastAPI does not know of an arrow."""
    responses = operation["responses"]
    responses.pop("422", None)
    responses.pop("default")
    is_asked_something = "requestBody" in operation or bool(operation.get("parameters"))
    responses |= problem_responses(
        arrow, door.statuses, mutual=door.mutual, is_asked_something=is_asked_something
    )
    if arrow.question is Binary:
        content = {OCTETS: {"schema": BYTES} | _file_shown(question_file(arrow))}
        operation["requestBody"] = {"required": True, "content": content}
    if arrow.answer is Binary:
        content = {OCTETS: {"schema": BYTES} | _file_shown(answer_file(arrow))}
        operation["responses"][str(arrow.success)]["content"] = content
    if arrow.name in ANSWERS:
        _show_telegrams(operation, arrow)
    else:
        _show_example(operation, arrow)
    operation["x-mesh"] = {
        "callers": list(arrow.callers),
        "sign_in": arrow.sign_in,
        "roles": list(arrow.roles),
        "refusals": list(arrow.refusals),
        "unknowns": list(arrow.unknowns),
        "body_limit_bytes": arrow.body_limit_bytes,
        "sandbox_only": arrow.sandbox_only,
        "per_address": arrow.per_address,
        "takes_scenario": arrow.takes_scenario,
    }


def _show_telegrams(operation: dict[str, Any], arrow: AnyArrow) -> None:
    """Show a telegram's question and an answer for each result code: all travel with one status."""
    operation["requestBody"]["content"][JSON]["example"] = QUESTIONS[arrow.name]
    answer = operation["responses"][str(arrow.success)]["content"][JSON]
    answer["examples"] = {
        code: {"summary": MEANINGS[arrow.name][code], "value": body}
        for code, body in ANSWERS[arrow.name].items()
    }


def _show_example(operation: dict[str, Any], arrow: AnyArrow) -> None:
    """Show what was asked and answered once; an arrow without an example shows none."""
    example = example_of(arrow)
    if example is None:
        return
    for parameter in operation.get("parameters", []):
        values = {"path": example.path, "query": example.query}.get(parameter["in"], {})
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    if example.body is not None:
        operation["requestBody"]["content"][JSON]["example"] = example.body
    if example.answer is not None:
        shown = operation["responses"][str(arrow.success)]["content"][JSON]
        shown["example"] = example.answer


def _file_shown(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    shown = {"summary": "bytes as they are", "externalValue": f"{FROM_CONTRACTS}/{path.name}"}
    return {"examples": {"file": shown}}
