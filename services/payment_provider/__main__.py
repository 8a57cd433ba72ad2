"""The provider as a process: settings from the environment, resources, doors and jobs."""

from __future__ import annotations

from services.payment_provider.app import create_app
from services.payment_provider.jobs.registry import JOBS
from services.payment_provider.resources import build_resources
from services.payment_provider.settings import Settings
from shared.kit.service_process import run_service


def main() -> None:
    """Serve every door until a signal ends the process."""
    settings = Settings()
    run_service(build_resources(settings), create_app, settings.doors, JOBS)


if __name__ == "__main__":
    main()
