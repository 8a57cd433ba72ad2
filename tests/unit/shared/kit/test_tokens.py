"""Login tokens: worth nothing at another door, with another certificate, or after their time."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from shared.kit.clock import machine_now
from shared.kit.tokens import ALGORITHM, LIFETIME, REQUIRED_CLAIMS, Login, TokenIssuer, TokenRefused

KEY = b"a key that is sixty-four bytes long, as the longest hash wants.."
ISSUER = TokenIssuer("lgwan_asp", KEY)
LOGIN = Login("clerk", frozenset({"clerk", "auditor"}), "131041", "reception")


def token(**claims) -> str:
    """Return a token as ISSUER makes it, but for these claims (None: left out)."""
    issued = ISSUER.issue(LOGIN, door="lgwan", thumbprint="mine").text
    said = jwt.decode(issued, KEY, algorithms=[ALGORITHM], audience="lgwan_asp.lgwan") | claims
    return jwt.encode({k: v for k, v in said.items() if v is not None}, KEY, algorithm=ALGORITHM)


def check(text: str, *, issuer: TokenIssuer = ISSUER, door="lgwan", thumbprint="mine") -> Login:
    return issuer.check(text, door=door, thumbprint=thumbprint)


def test_a_token_says_who_is_signed_in():
    assert check(ISSUER.issue(LOGIN, door="lgwan", thumbprint="mine").text) == LOGIN
    assert check(token()) == LOGIN


def test_a_token_lives_fifteen_machine_minutes():
    before = machine_now()
    expires_at = ISSUER.issue(LOGIN, door="lgwan", thumbprint="mine").expires_at
    assert timedelta(minutes=15) == LIFETIME
    assert before + LIFETIME <= expires_at <= machine_now() + LIFETIME


def test_a_token_is_worth_nothing_with_another_certificate():
    with pytest.raises(TokenRefused):
        check(token(), thumbprint="stolen")


def test_a_token_is_worth_nothing_at_another_door():
    with pytest.raises(TokenRefused):
        check(token(), door="operator")


def test_a_token_is_worth_nothing_at_another_service_that_has_the_same_key():
    with pytest.raises(TokenRefused):
        check(token(), issuer=TokenIssuer("card_agent", KEY))
    with pytest.raises(TokenRefused):
        check(token(iss="card_agent"))


def test_a_token_ends_at_its_end():
    now = int(machine_now().timestamp())
    with pytest.raises(TokenRefused):
        check(token(exp=now - 1))
    assert check(token(exp=now + 60)) == LOGIN


def test_a_token_of_the_future_is_refused():
    with pytest.raises(TokenRefused):
        check(token(iat=int(machine_now().timestamp()) + 600))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key_is_refused(algorithm):
    said = jwt.decode(token(), KEY, algorithms=[ALGORITHM], audience="lgwan_asp.lgwan")
    with pytest.raises(TokenRefused):
        check(jwt.encode(said, KEY, algorithm=algorithm))


def test_a_token_without_a_signature_is_refused():
    said = jwt.decode(token(), KEY, algorithms=[ALGORITHM], audience="lgwan_asp.lgwan")
    with pytest.raises(TokenRefused):
        check(jwt.encode(said, None, algorithm="none"))
    with pytest.raises(TokenRefused):
        check(token().rpartition(".")[0] + ".")


def test_a_token_of_another_key_is_refused():
    other = TokenIssuer("lgwan_asp", KEY[::-1])
    with pytest.raises(TokenRefused):
        check(other.issue(LOGIN, door="lgwan", thumbprint="mine").text)


@pytest.mark.parametrize("claim", REQUIRED_CLAIMS)
def test_a_token_that_leaves_a_claim_out_is_refused(claim):
    with pytest.raises(TokenRefused):
        check(token(**{claim: None}))


@pytest.mark.parametrize("cnf", [{}, {"jkt": "mine"}, "mine", ["x5t#S256"], 7])
def test_a_token_that_is_bound_to_no_certificate_is_refused(cnf):
    with pytest.raises(TokenRefused):
        check(token(cnf=cnf))


@pytest.mark.parametrize("text", ["", ".", "..", "abc", "a.b.c", "é.é.é", "\x00"])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(TokenRefused):
        check(text)


def test_no_reason_is_told():
    with pytest.raises(TokenRefused) as expired:
        check(token(exp=1))
    with pytest.raises(TokenRefused) as stolen:
        check(token(), thumbprint="stolen")
    assert expired.value.detail == stolen.value.detail


def test_two_tokens_are_never_the_same():
    texts = {ISSUER.issue(LOGIN, door="lgwan", thumbprint="mine").text for _ in range(10)}
    assert len(texts) == 10
