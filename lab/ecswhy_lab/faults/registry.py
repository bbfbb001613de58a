"""What a fault is, and the list of all of them.

A fault changes one thing of a healthy account and states what AWS would then say and what a diagnosis must find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ecswhy_lab.account import Account
from ecswhy_lab.tasks import Stop

Key = tuple[str, str]
"""Finding id and subject."""

EVERYWHERE = frozenset({"nat", "endpoints", "public"})
INTERNET = frozenset({"nat", "public"})
STAGES = [
    "service",
    "capacity",
    "eni",
    "role",
    "network",
    "secrets",
    "logging",
    "storage",
    "image",
    "container",
    "health",
]

Change = Callable[[Account], None]
Expects = Callable[[Account], list[Key]]
Stops = Callable[[Account], list[Stop]]
Silence = Literal["stopped", "pending", "provisioning", "none"]


@dataclass(frozen=True)
class Fault:
    """One fault: how to make it, what it shows, what it must be called."""

    name: str
    title: str
    stage: str
    symptom: str
    apply: Change
    expects: Expects
    stops: Stops
    designs: frozenset[str] = EVERYWHERE
    twin: Change | None = None
    static: bool = True
    """Whether the account shows it even when no attempt is known."""
    subnets: Callable[[Account], list[str]] | None = None
    """The subnets in which tasks fail; all when absent."""
    misleading: tuple[str, ...] = ()
    """Texts that name something else, or nothing."""
    show: Silence = "stopped"
    """What failed attempts look like: stopped tasks, stuck tasks, or no task at all."""
    after: Change | None = None
    """Applied once the attempts exist: what moto must not see before."""
    first_is_root: bool = False
    """Of several findings only the first answers the symptom; the others come after it."""
    target: tuple[str, str, str] | None = None
    """State, reason and description of the targets of this deployment, as ELB shows them."""
    events: Callable[[Account], list[str]] | None = None
    """Service events that this failure brings, besides those of every failed attempt."""
    shapes: tuple[str, ...] = ("fresh", "rolling", "rolled-back")
    """The kinds of deployment in which it can show."""
    alone: bool = False
    """Not to be composed with another fault."""
    notes: Expects | None = None
    """Notes that the diagnosis must give, where the cause itself is out of sight."""
    seed: tuple[str, ...] = ()
    """The passages of the seed article that it covers."""

    def keys(self, account: Account) -> list[Key]:
        """What it must be called in this account; the subnets that another fault is limited to do not limit it."""
        if self.subnets:
            return self.expects(account)
        limited = account.settings.pop("bad_subnets", None)
        keys = self.expects(account)
        if limited is not None:
            account.settings["bad_subnets"] = limited
        return keys


@dataclass
class Draft:
    """A fault under registration: `@fault(...)` on its change, then `@name.twin` on the harmless variation."""

    made: Fault
    change: Change

    def twin(self, change: Change) -> Change:
        """Registers the variation that must stay silent."""
        FAULTS[self.made.name] = replaced(self.made, twin=change)
        return change


FAULTS: dict[str, Fault] = {}


def replaced(made: Fault, **fields: object) -> Fault:
    """A copy with other fields."""
    return Fault(**{**made.__dict__, **fields})  # type: ignore[arg-type]


def fault(  # noqa: PLR0913
    name: str,
    title: str,
    *,
    stage: str,
    symptom: str,
    expects: Expects,
    stops: Stops,
    **more: object,
) -> Callable[[Change], Draft]:
    """Registers a fault under its name."""
    if stage not in STAGES:
        raise ValueError(f"{name}: unknown stage {stage}")
    if name in FAULTS:
        raise ValueError(f"{name}: registered twice")

    def register(change: Change) -> Draft:
        made = Fault(name, title, stage, symptom, change, expects, stops, **more)  # type: ignore[arg-type]
        FAULTS[name] = made
        return Draft(made, change)

    return register


def each_subnet(identifier: str) -> Expects:
    """One finding for each subnet in which tasks fail."""

    def expects(account: Account) -> list[Key]:
        return [(identifier, subnet) for subnet in account.settings.get("bad_subnets", account.subnets)]

    return expects


def nothing(account: Account) -> list[Key]:
    """No finding: what is wrong lies where no call of this account looks."""
    return []


def one(identifier: str, subject: Callable[[Account], str]) -> Expects:
    """One finding."""
    return lambda account: [(identifier, subject(account))]


def execution_role(account: Account) -> str:
    """Subject: the execution role."""
    return account.role_arn(account.execution_role)


def current_image(account: Account) -> str:
    """Subject: the image that the failing revision names."""
    return account.image


def bad_subnets(account: Account) -> list[str]:
    """The subnets that a fault broke, when it broke only some."""
    return list(account.settings.get("bad_subnets", account.subnets))
