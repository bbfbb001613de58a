"""Accounts by description or by seed, and what each must be diagnosed as."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import Any

from ecswhy_lab import decoys, designs, texts
from ecswhy_lab.account import Account
from ecswhy_lab.faults import FAULTS, Fault
from ecswhy_lab.faults.registry import STAGES, Key
from ecswhy_lab.server import Server
from ecswhy_lab.symptoms import MODES, symptomise

READABLE = (texts.BARE[1],)
"""Misleading texts from which at least the kind of failure can be read."""

RISKS = ("role/action-does-not-exist",)
"""Findings that never stop a launch by themselves."""


@dataclass(frozen=True)
class Plan:
    """One account to build: everything that decides what it looks like."""

    design: str
    faults: tuple[str, ...] = ()
    mode: str = "symptom"
    shape: str = "fresh"
    wording: int = 0
    twin: bool = False
    decoys: bool = False
    seed: int = 0

    def title(self) -> str:
        """One line that names the account."""
        what = " + ".join(self.faults) or "healthy"
        if self.twin:
            return f"{self.design}: harmless twin of {what}"
        how = f", {self.mode}, {self.shape}, wording {self.wording}" if self.faults else ""
        return f"{self.design}: {what}{how}{', decoys' if self.decoys else ''}, seed {self.seed}"


@dataclass
class Built:
    """A built account: where it is and what a diagnosis must say."""

    plan: dict[str, Any]
    target: str
    status: str
    exit: int
    findings: list[list[str]]
    """Sorted (id, role, subject) of root causes, next blockers and risks."""
    symptoms: list[str] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)
    """(id, subject) of notes that a diagnosis must give, besides those that it may."""
    names: dict[str, Any] = field(default_factory=dict)


def build(server: Server, plan: Plan) -> tuple[Account, Built]:
    """Builds the account of a plan in an emptied server."""
    faults = [known(name) for name in plan.faults]
    account = designs.build(server, plan.design, plan.seed)
    if plan.decoys:
        decoys.add(account)
    if plan.twin:
        twin = faults[0].twin
        if twin is None:
            raise ValueError(f"{faults[0].name} has no harmless twin")
        twin(account)
        settle_twin(account)
        return account, answer(plan, account, [])
    for fault in faults:
        fault.apply(account)
    keys = [fault.keys(account) for fault in faults]
    if faults:
        symptomise(account, faults[0], plan.mode, plan.shape, plan.wording)
        for later in faults[1:]:
            if later.after:
                later.after(account)
    return account, answer(plan, account, list(zip(faults, keys, strict=True)))


def known(name: str) -> Fault:
    """A fault by its name."""
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}; `list` names them all")
    return FAULTS[name]


def settle_twin(account: Account) -> None:
    """A twin that registered a revision runs it, steadily."""
    service = account.ecs_service()
    if service.task_definition != account.current:
        designs.forget_and_settle(account)


def answer(plan: Plan, account: Account, found: list[tuple[Fault, list[Key]]]) -> Built:
    """What the diagnosis must say: the first fault explains the symptom, the others come after it."""
    findings = []
    for index, (fault, keys) in enumerate(found):
        ordered = keys if fault.first_is_root else sorted(keys)
        # What never stops a launch is no candidate for what stopped it.
        first = next((identifier for identifier, _ in ordered if identifier not in RISKS), "")
        for position, (identifier, subject) in enumerate(ordered):
            of_first_check = readable(plan, fault) or identifier == first
            later = fault.first_is_root and position and readable(plan, fault)
            root = index == 0 and of_first_check and not later
            role = "risk" if identifier in RISKS else "root-cause" if root else "next-blocker"
            findings.append([identifier, role, subject])
    failing = any(role == "root-cause" for _, role, _ in findings)
    notes = [list(key) for fault, _ in found if fault.notes for key in fault.notes(account)]
    status, code = ("failing", 1) if failing else ("incomplete", 3) if notes else ("healthy", 0)
    names = {
        key: value
        for key, value in asdict_without_aws(account).items()
        if isinstance(value, (str, list, dict)) and value
    }
    return Built(
        plan=asdict(plan),
        target=f"{account.cluster}/{account.service}",
        status=status,
        exit=code,
        findings=sorted(findings),
        symptoms=[found[0][0].symptom] if found and plan.mode == "symptom" else [],
        notes=sorted(notes),
        names=names,
    )


def readable(plan: Plan, fault: Fault) -> bool:
    """Whether the attempts say what failed, so that each subnet's attempts have a cause of their own."""
    if plan.mode == "without" or fault.show in ("pending", "provisioning", "none"):
        return False
    if plan.mode == "misleading":
        return fault.misleading[plan.wording % len(fault.misleading)] in READABLE
    return True


def asdict_without_aws(account: Account) -> dict[str, Any]:
    """The names and ids of the account, as plain values."""
    hidden = ("aws", "rng", "now", "settings")
    return {key: value for key, value in vars(account).items() if key not in hidden}


def plans(seed: int) -> list[Plan]:
    """Every plan worth building once, in an order that the seed decides: healthy, each fault, twins, pairs."""
    rng = random.Random(seed)
    made = [
        Plan(design, decoys=decoy, seed=rng.randrange(1, 10**6))
        for design in designs.DESIGNS
        for decoy in (False, True)
    ]
    for fault in FAULTS.values():
        for design in sorted(fault.designs):
            made += alone(rng, fault, design)
    made += [pair for _ in range(len(FAULTS)) if (pair := two(rng))]
    rng.shuffle(made)
    return made


def alone(rng: random.Random, fault: Fault, design: str) -> list[Plan]:
    """One fault: with its message in each mode, and its twin."""
    made = []
    for mode in MODES:
        if mode != "symptom" and not fault.static:
            continue
        if mode == "misleading" and not fault.misleading:
            continue
        made.append(
            Plan(
                design,
                (fault.name,),
                mode=mode,
                shape=shape_of(rng, mode, fault),
                wording=rng.randrange(4),
                decoys=rng.random() < 0.5,
                seed=rng.randrange(1, 10**6),
            )
        )
    if fault.twin:
        made.append(Plan(design, (fault.name,), twin=True, seed=rng.randrange(1, 10**6)))
    return made


def shape_of(rng: random.Random, mode: str, fault: Fault) -> str:
    """How the deployment failed; without its tasks nothing tells which revision was rolled back."""
    stopped = mode == "symptom" and fault.show == "stopped"
    return rng.choice([shape for shape in fault.shapes if stopped or shape != "rolled-back"])


def two(rng: random.Random) -> Plan | None:
    """Two faults that do not hide or change each other: of other stages, both visible in the account itself."""
    first, second = rng.sample(list(FAULTS.values()), 2)
    designs_of_both = sorted(first.designs & second.designs)
    # Of two faults that show alike, the message speaks for both.
    clash = first.alone or second.alone or first.stage == second.stage or first.symptom == second.symptom
    later = STAGES.index(second.stage) > STAGES.index(first.stage)
    if clash or not later or not designs_of_both or not first.static or not second.static:
        return None
    # A task that starts in a good subnet would contradict the other fault.
    if first.subnets or second.subnets or second.show != "stopped" or "health" in (first.stage, second.stage):
        return None
    return Plan(
        rng.choice(designs_of_both),
        (first.name, second.name),
        shape=rng.choice([shape for shape in first.shapes if shape != "rolled-back"]),
        wording=rng.randrange(4),
        decoys=rng.random() < 0.5,
        seed=rng.randrange(1, 10**6),
    )


def generate(seed: int, count: int) -> list[Plan]:
    """The first `count` plans of a seed; past the last one it goes on with the next shuffle."""
    made: list[Plan] = []
    while len(made) < count:
        made += plans(seed + len(made))
    return made[:count]
