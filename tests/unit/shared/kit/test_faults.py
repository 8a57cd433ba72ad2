"""Faults that are planned, strike as often as they were planned, and are gone."""

from __future__ import annotations

from shared.kit.faults import Fault, Faults


def test_a_fault_strikes_as_often_as_it_was_planned():
    faults = Faults()
    faults.plan(Fault("pay", "before", times=2))
    assert [faults.strikes("pay", "before") for _ in range(4)] == [True, True, False, False]
    assert faults.planned == []


def test_a_fault_strikes_its_own_arrow_at_its_own_moment_only():
    faults = Faults()
    faults.plan(Fault("pay", "after"))
    assert not faults.strikes("pay", "before")
    assert not faults.strikes("ask", "after")
    assert faults.strikes("pay", "after")


def test_equal_faults_strike_one_after_the_other():
    faults = Faults()
    faults.plan(Fault("pay", "after"))
    faults.plan(Fault("pay", "after"))
    assert [faults.strikes("pay", "after") for _ in range(3)] == [True, True, False]


def test_faults_can_be_forgotten():
    faults = Faults()
    faults.plan(Fault("pay", "before"))
    faults.clear()
    assert not faults.strikes("pay", "before")
