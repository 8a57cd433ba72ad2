"""`python -m services.ward_gateway`: the ward gateway as one process, told by its environment."""

from __future__ import annotations

from services.ward_gateway.app import create_app
from services.ward_gateway.jobs.registry import JOBS
from services.ward_gateway.resources import build_resources
from services.ward_gateway.settings import Settings
from shared.kit.service_process import run_service


def main() -> None:
    """Serve both doors until SIGTERM or SIGINT."""
    settings = Settings()
    run_service(build_resources(settings), create_app, settings.doors, JOBS)


if __name__ == "__main__":
    main()
