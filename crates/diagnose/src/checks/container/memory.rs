//! How much memory the tasks used, as far as CloudWatch knows, and the change that gives them more.

use super::super::capacity::size::{at_least, units};
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Fault, Remedy};
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::Fact;
use ecswhy_facts::ecs::TaskDefinition;
use ecswhy_facts::logs::MemoryUtilization;

/// From this percentage on, a SIGKILL that nobody explains may well be the kernel's, for want of memory.
const NEARLY_FULL: f64 = 90.0;

/// The most that a service used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak {
    /// Of what its tasks reserve.
    percent: f64,
    /// The same for one task on Fargate, where the task's size is what is reserved ("Amazon ECS service utilization
    /// metrics").
    pub mib: Option<i64>,
}

impl Peak {
    /// Out of the metric, where it was read.
    pub(super) fn of(launch: &Launch<'_>) -> Option<Self> {
        let points = launch.facts.logs.memory.get(&launch.target.key()).present().copied()?;
        let highest = points.0.iter().filter_map(|point| point.maximum);
        let percent = highest.filter(|it| it.is_finite()).max_by(f64::total_cmp)?;
        let size = launch.task_definition().ok().filter(|_| launch.is_fargate());
        let size = size.and_then(|definition| units(definition.memory.as_deref()?, "GB"));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a size in MiB, rounded"
        )]
        let mib = size.map(|size| (size as f64 * percent / 100.0).round() as i64);
        Some(Self { percent, mib })
    }

    /// Whether nearly nothing was left.
    pub(super) fn is_nearly_full(self) -> bool {
        self.percent >= NEARLY_FULL
    }
}

impl std::fmt::Display for Peak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0} %", self.percent)?;
        self.mib.map_or(Ok(()), |mib| write!(f, " of the task's memory, {mib} MiB"))
    }
}

/// Adds the highest memory use of the service as evidence, where it was read.
pub(super) fn with_peak(fault: Fault, launch: &Launch<'_>) -> Fault {
    match Peak::of(launch) {
        Some(peak) => fault.fact(
            MemoryUtilization::CALL,
            launch.target.key(),
            "MemoryUtilization, maximum",
            peak.to_string(),
        ),
        None => fault,
    }
}

/// Twice of what was too little, in a size that Fargate accepts; more where the service is known to have used more.
pub(super) fn with_more_memory(
    fault: Fault,
    launch: &Launch<'_>,
    definition: &TaskDefinition,
    container: &str,
) -> Fault {
    let limit = launch.container(container).and_then(|definition| definition.memory);
    let task = definition.memory.as_deref().and_then(|memory| units(memory, "GB"));
    let cpu = definition.cpu.as_deref().and_then(|cpu| units(cpu, "vCPU"));
    let mut edits = Vec::new();
    // The task's size bounds the sum of its containers' limits.
    let wanted = match limit {
        Some(limit) => {
            let container = container.to_owned();
            edits.push(TaskDefinitionEdit::ContainerMemory { container, mib: limit * 2 });
            let others = definition.container_definitions.iter().filter_map(|each| each.memory);
            others.sum::<i64>() + limit
        }
        None => task.unwrap_or_default() * 2,
    };
    let wanted = wanted.max(Peak::of(launch).and_then(|peak| peak.mib).unwrap_or_default() * 3 / 2);
    let mut size = String::new();
    if let Some(task) = task.filter(|task| wanted > *task) {
        let larger = match launch.is_fargate() {
            true => cpu.and_then(|cpu| at_least(cpu, wanted)),
            false => cpu.map(|cpu| (cpu, wanted)),
        };
        let Some((cpu, mib)) = larger else { return fault };
        edits.push(TaskDefinitionEdit::Size { cpu, mib });
        size = format!("the task {mib} MiB instead of {task} ({cpu} CPU units)");
    }
    let title = match (limit, size.is_empty()) {
        (Some(limit), true) => format!("Give container {container} {} MiB of memory", limit * 2),
        (Some(limit), false) => {
            format!("Give container {container} {} MiB of memory, and {size}", limit * 2)
        }
        (None, false) => format!("Give {size}"),
        (None, true) => return fault,
    };
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let change = Change::RegisterTaskDefinition { task_definition: arn, edits };
    fault.remedy(Remedy::new(title, Safety::NeedsNewDeployment, vec![change]).estimate())
}
