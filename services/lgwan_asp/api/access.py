"""How an endpoint of the centre reaches its resources, its contract, and the bank that calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.lgwan_asp.domain.contracts import Contract
from services.lgwan_asp.domain.refusals import NotYourBank
from services.lgwan_asp.resources import Resources
from shared.kit.door_app import CallerDep, TownDep


async def resources_of(request: Request) -> Resources:
    """Return the resources that the process was built with."""
    resources: Resources = request.app.state.resources
    return resources


Res = Annotated[Resources, Depends(resources_of)]


async def contract_of(town: TownDep, resources: Res) -> Contract:
    """Return the contract of the municipality that the certificate names."""
    return resources.contract_of(town)


ContractDep = Annotated[Contract, Depends(contract_of)]


async def bank_of(caller: CallerDep) -> str:
    """Return the bank code that the certificate names, or refuse."""
    code = caller.bank_code
    if code is None:
        raise NotYourBank
    return code


BankDep = Annotated[str, Depends(bank_of)]


def demand_own_bank(named: str, bank: str) -> None:
    """Refuse a telegram that names another bank than the certificate (DESIGN §2)."""
    if named != bank:
        raise NotYourBank
