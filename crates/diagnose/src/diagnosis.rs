//! From a snapshot to a report: judge, rank, tell.

use crate::check::{Check, Verdict, Weight};
use crate::checks;
use crate::checks::network::path_out_of_sight;
use crate::fallback;
use crate::fix::{self, Offered};
use crate::launch::{Launch, Told, rollouts};
use crate::rank::{Ranked, rank};
use crate::report::{
    CheckReport, Confidence, DeploymentState, Evidence, Finding, Report, Role, SCHEMA_VERSION,
    StageReport, State, Status, SymptomReport, TargetName, TargetReport, Tool, UnknownReport,
    VerdictName,
};
use crate::stage::Stage;
use ecswhy_facts::{Gap, GapReason, Snapshot, Target};

/// How to diagnose.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether fixes are proven and offered. Each proof runs all checks again; who wants verdicts only goes without.
    pub fixes: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { fixes: true }
    }
}

/// What this tool never sees, whoever runs it.
const NEVER_VISIBLE: [&str; 5] = [
    "service control policies and resource control policies (taken as allowing everything)",
    "the contents of secrets and parameters",
    "registries other than Amazon ECR",
    "Fargate capacity and how much of the vCPU quota is used",
    "what a firewall, proxy or appliance on the path does",
];

/// Finds out why the targets of a snapshot do not run.
pub fn diagnose(snapshot: &Snapshot, settings: &Settings) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "ecswhy".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        taken_at: snapshot.taken_at,
        account: snapshot.account.clone(),
        region: snapshot.region.clone(),
        reports: snapshot
            .targets
            .iter()
            .map(|target| report_on(snapshot, target, *settings))
            .collect(),
        calls: snapshot.calls.clone(),
    }
}

fn report_on(snapshot: &Snapshot, target: &Target, settings: Settings) -> TargetReport {
    let launch = Launch::of(snapshot, target);
    let verdicts: Vec<(&Check, Verdict)> =
        checks::all().map(|check| (check, check.judge(&launch))).collect();
    let ranking = rank(&launch, &verdicts);
    let offered =
        if settings.fixes { fix::offer(&launch, &ranking.ranked) } else { fix::Offered::default() };
    let mut findings: Vec<Finding> =
        ranking.ranked.iter().map(|ranked| finding(ranked, &offered)).collect();
    let mut open: Vec<&Told> = Vec::new();
    for &index in &ranking.unexplained {
        let told = &launch.symptoms[index];
        match fallback::finding(&launch, told, &verdicts, &findings) {
            Some(found) => findings.push(found),
            None => open.push(told),
        }
    }
    // What AWS said plainly, and nothing here explains, no other wall explains either.
    if !launch.steady && !open.iter().any(|told| told.symptom.is_silence()) {
        name_first_wall(&mut findings);
    }
    findings.extend(path_out_of_sight::findings(&launch, &open));
    findings.sort_by_key(|finding| finding.role);
    let status = status(&launch, &findings, &verdicts, &open);
    TargetReport {
        target: TargetName::new(target, launch.task_definition_arn().map(str::to_owned)),
        status,
        state: state(&launch),
        symptoms: symptoms(&launch),
        stages: stages(&verdicts),
        findings,
        fixes: offered.fixes,
        next_launch: fix::next_launch(&launch),
        unknowns: unknowns(&verdicts),
        not_visible: not_visible(&launch),
    }
}

/// Nothing that AWS said has a cause, or AWS said nothing that can be read: the first failing check is what stops the
/// launch, as far as facts tell. Expects the next blockers in stage order.
fn name_first_wall(findings: &mut [Finding]) {
    if findings.iter().any(|finding| finding.role == Role::RootCause) {
        return;
    }
    let first = findings.iter().find(|finding| finding.role == Role::NextBlocker);
    let Some(id) = first.map(|finding| finding.id.clone()) else { return };
    let of_it = |finding: &&mut Finding| finding.role == Role::NextBlocker && finding.id == id;
    for finding in findings.iter_mut().filter(of_it) {
        finding.role = Role::RootCause;
        finding.confidence = finding.confidence.max(Confidence::Likely);
    }
}

/// What is never visible, and the tasks that AWS has forgotten: it keeps stopped ones for about an hour.
fn not_visible(launch: &Launch<'_>) -> Vec<String> {
    let mut not_visible = NEVER_VISIBLE.map(str::to_owned).to_vec();
    if let Some(failed) = launch.forgotten_failures() {
        not_visible.push(format!(
            "the {failed} tasks of this deployment that failed: AWS forgets a stopped task after about an hour, so the settings and the service's events are judged instead"
        ));
    }
    not_visible
}

fn finding(ranked: &Ranked<'_>, offered: &Offered) -> Finding {
    let Ranked { check, fault, role, confidence, contradicted_at } = ranked;
    let key = ranked.key();
    let mut message = fault.message.clone();
    let mut evidence = fault.evidence.clone();
    if let Some(at) = contradicted_at {
        message = format!(
            "{message} A task started at {} all the same, so this would fail now only if it changed since.",
            at.clock()
        );
        evidence.push(Evidence::fact("ecs:DescribeTasks", fault.subject.clone(), "startedAt", at));
    }
    let fixes = offered.of(&key);
    Finding {
        key,
        id: check.id.to_owned(),
        subject: fault.subject.clone(),
        role: *role,
        confidence: *confidence,
        stage: check.stage,
        message,
        evidence,
        path: fault.path.clone(),
        look_up: None,
        fixes,
    }
}

fn state(launch: &Launch<'_>) -> State {
    let service = launch.service;
    let judged = launch.rollout.as_ref().and_then(|rollout| rollout.id);
    let deployments = service.map(rollouts).unwrap_or_default();
    State {
        desired: service.and_then(|service| service.desired_count),
        running: service.and_then(|service| service.running_count),
        pending: service.and_then(|service| service.pending_count),
        stopped_recently: launch
            .tasks
            .iter()
            .filter(|task| task.last_status.as_deref() == Some("STOPPED"))
            .count() as u64,
        deployments: deployments
            .iter()
            .map(|rollout| DeploymentState {
                id: rollout.id.map(str::to_owned),
                status: rollout.status.map(str::to_owned),
                task_definition: rollout.task_definition.map(str::to_owned),
                rollout_state: rollout.rollout_state.map(str::to_owned),
                desired: rollout.desired,
                running: rollout.running,
                pending: rollout.pending,
                failed: rollout.failed,
                created_at: rollout.created_at,
                judged: rollout.id.is_some() && rollout.id == judged,
            })
            .collect(),
    }
}

fn symptoms(launch: &Launch<'_>) -> Vec<SymptomReport> {
    let told = |told: &Told, current| SymptomReport {
        symptom: told.symptom,
        message: told.message.clone(),
        count: told.count,
        first_seen: told.first_seen,
        last_seen: told.last_seen,
        tasks: told.tasks.clone(),
        parameters: told.parameters.clone(),
        current,
    };
    let current = launch.symptoms.iter().map(|each| told(each, true));
    current.chain(launch.history.iter().map(|each| told(each, false))).collect()
}

fn stages(verdicts: &[(&Check, Verdict)]) -> Vec<StageReport> {
    let of = |stage: Stage| {
        let checks: Vec<CheckReport> = verdicts
            .iter()
            .filter(|(check, _)| check.stage == stage)
            .map(|(check, verdict)| CheckReport {
                id: check.id.to_owned(),
                verdict: verdict.name(),
                reason: reason(verdict),
            })
            .collect();
        let verdict =
            checks.iter().map(|check| check.verdict).max().unwrap_or(VerdictName::NotApplicable);
        StageReport { stage, verdict, checks }
    };
    Stage::ALL.map(of).to_vec()
}

fn reason(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Unknown(gaps) => {
            Some(gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Verdict::NotApplicable(why) => Some((*why).to_owned()),
        Verdict::Pass | Verdict::Fail(_) => None,
    }
}

fn unknowns(verdicts: &[(&Check, Verdict)]) -> Vec<UnknownReport> {
    let mut unknowns: Vec<UnknownReport> = Vec::new();
    for (check, verdict) in verdicts {
        let Verdict::Unknown(gaps) = verdict else { continue };
        unknowns.extend(gaps.iter().map(|gap| UnknownReport::new(check.id, gap)));
    }
    unknowns
}

fn status(
    launch: &Launch<'_>,
    findings: &[Finding],
    verdicts: &[(&Check, Verdict)],
    open: &[&Told],
) -> Status {
    let has = |role| findings.iter().any(|finding| finding.role == role);
    if has(Role::RootCause) {
        return Status::Failing;
    }
    if launch.steady && has(Role::NextBlocker) {
        return Status::AtRisk;
    }
    if has(Role::NextBlocker) {
        return Status::Failing;
    }
    let obtainable =
        |gap: &Gap| !matches!(gap.why, GapReason::NotAsked | GapReason::Unknowable { .. });
    // Where tasks fail and nothing says why, every missing fact can be the reason.
    let unexplained = !open.is_empty() || launch.forgotten_failures().is_some();
    let lacks = verdicts.iter().any(|(check, verdict)| {
        let missing = match verdict {
            Verdict::Unknown(gaps) => unexplained || gaps.iter().any(obtainable),
            _ => false,
        };
        check.weight == Weight::Blocks && missing
    });
    match (lacks, launch.steady) {
        (true, _) => Status::Incomplete,
        (false, true) => Status::Healthy,
        (false, false) => Status::Deploying,
    }
}
