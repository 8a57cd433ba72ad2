"""`python -m services.lgwan_asp`: settings from the environment, then doors until a signal."""

from __future__ import annotations

from services.lgwan_asp.app import create_app
from services.lgwan_asp.jobs.registry import jobs_of
from services.lgwan_asp.resources import build_resources
from services.lgwan_asp.settings import Settings
from shared.kit.service_process import run_service


def main() -> None:
    """Serve every door of the centre until SIGTERM or SIGINT."""
    settings = Settings()
    resources = build_resources(settings)
    run_service(resources, create_app, settings.doors, jobs_of(resources))


if __name__ == "__main__":
    main()
