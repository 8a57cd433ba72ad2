"""Tests of services/lgwan_asp/domain."""
