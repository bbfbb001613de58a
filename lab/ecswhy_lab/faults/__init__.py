"""The faults, by what they break. Importing this package registers them all."""

from ecswhy_lab.faults import (  # noqa: F401
    across,
    container,
    ecr,
    endpoints,
    health,
    network,
    out_of_sight,
    placement,
    roles,
    secrets,
    storage,
)
from ecswhy_lab.faults.registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault"]
