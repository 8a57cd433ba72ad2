"""Each no that a door can give has one example in its contract: it parses, and says what we say."""

from __future__ import annotations

import importlib
import json

import pytest
from pydantic import ValidationError

from deploy.cli.contract_documents import contract_documents
from shared.kit.arrow import Binary, NoBody
from shared.kit.documented import details_of, problem_responses
from shared.kit.problems import KIT_STATUSES, PROBLEM_JSON, Problem
from shared.kit.standard_arrows import LogIn, PutUser
from shared.wire.card_authorisations import SettleAuthorisation
from shared.wire.doors import ARROWS, DOORS, SERVICES, WHOAMI, arrows_of, door_place
from shared.wire.mobile_payments import READ_SLIP
from shared.wire.ward_intranet import LIST_SLIPS

NAMES = [f"{place.service}.{place.name}" for place in DOORS]
SAID_TO_EVERYBODY = {"400", "404", "405", "408", "413", "431", "500", "503"}


@pytest.fixture(scope="module")
def documents():
    """Return every door's document as the code makes it now."""
    return contract_documents()


def operations(documents, place):
    """Yield every arrow of a door with its operation."""
    paths = documents[f"{place.service}.{place.name}"]["paths"]
    for arrow in arrows_of(place.service, place.name):
        yield arrow, paths[arrow.path][arrow.method.lower()]


def problems(operation) -> dict[tuple[int, str], dict]:
    """Return the examples of an operation's problems by status and code."""
    return {
        (int(status), code): each["value"]
        for status, response in operation["responses"].items()
        for code, each in response.get("content", {})
        .get(PROBLEM_JSON, {})
        .get("examples", {})
        .items()
    }


@pytest.mark.parametrize("place", DOORS, ids=NAMES)
def test_each_code_that_an_arrow_may_be_refused_with_has_one_example_with_its_own_words(
    documents, place
):
    statuses = importlib.import_module(f"services.{place.service}.api.refusals").STATUSES
    details, table = details_of(place.service), {**KIT_STATUSES, **statuses}
    for arrow, operation in operations(documents, place):
        shown = problems(operation)
        for code in (*arrow.refusals, *arrow.unknowns):
            assert [status for status, each in shown if each == code] == [table.get(code, 409)]
            assert shown[table.get(code, 409), code]["detail"] == details[code]


@pytest.mark.parametrize("place", DOORS, ids=NAMES)
def test_each_example_of_a_problem_is_a_problem_document(documents, place):
    for _, operation in operations(documents, place):
        for (status, code), value in problems(operation).items():
            parsed = Problem.model_validate_json(json.dumps(value))
            assert (parsed.status, parsed.code) == (status, code)
            assert parsed.detail


@pytest.mark.parametrize("place", DOORS, ids=NAMES)
def test_no_status_is_left_to_a_default(documents, place):
    for arrow, operation in operations(documents, place):
        said = set(operation["responses"])
        assert said >= SAID_TO_EVERYBODY | {str(arrow.success)}
        assert "default" not in said
        assert ("401" in said) == (arrow.sign_in is not None or "login_refused" in arrow.refusals)
        assert ("429" in said) == arrow.per_address
        assert ("403" in said) == place.mutual
        if arrow.question not in {Binary, NoBody} or "{" in arrow.path:
            assert "422" in said


def test_a_code_that_no_refusal_has_cannot_be_documented():
    unknown = type(READ_SLIP)(**{**vars(READ_SLIP), "refusals": ("no_such_refusal",)})
    with pytest.raises(KeyError):
        problem_responses(unknown, {}, mutual=False, is_asked_something=True)


def test_what_a_public_door_and_what_a_login_add_is_said_where_it_can_happen(documents):
    assert door_place(READ_SLIP.callee, READ_SLIP.door).mutual is False
    slip = problems(documents["payment_provider.payers"]["paths"][READ_SLIP.path]["post"])
    assert (429, "overloaded") in slip
    assert not {code for status, code in slip if status in {401, 403}}
    slips = problems(documents["ward_gateway.intranet"]["paths"][LIST_SLIPS.path]["get"])
    assert {code for status, code in slips if status in {401, 403}} == {
        "caller_not_admitted",
        "caller_unknown",
        "not_your_municipality",
        "role_missing",
        "token_refused",
    }
    whoami = WHOAMI["ward_gateway", "intranet"]
    nobody = problems(documents["ward_gateway.intranet"]["paths"][whoami.path]["get"])
    assert (401, "token_refused") not in nobody
    assert (422, "malformed_body") not in nobody


@pytest.mark.parametrize("service", SERVICES)
def test_one_code_has_one_sentence_in_a_service(service):
    known = details_of(service)
    assert all(detail.endswith(".") for detail in known.values())
    for arrow in ARROWS:
        if arrow.callee == service:
            assert set(arrow.refusals) | set(arrow.unknowns) <= set(known)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (LogIn, {"user_id": "a\x00b", "password": "p"}),
        (SettleAuthorisation, {"municipality": "131041", "amount_yen": 10**15}),
        (PutUser, {"door": "x", "municipality": "131041", "roles": ["\x00"], "password": "p" * 12}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_no_database_could_hold_is_malformed_and_not_an_error_of_ours(body, field):
    with pytest.raises(ValidationError):
        body.model_validate(field)
