"""The card agent as a process: settings from the environment, every door, every job."""

from __future__ import annotations

from services.card_agent.app import create_app
from services.card_agent.jobs.registry import JOBS
from services.card_agent.resources import build_resources
from services.card_agent.settings import Settings
from shared.kit.service_process import run_service

if __name__ == "__main__":
    settings = Settings()
    run_service(build_resources(settings), create_app, settings.doors, JOBS)
