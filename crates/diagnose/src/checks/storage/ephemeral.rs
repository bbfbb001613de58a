//! The ephemeral storage of a task: how much it has, and a larger one.

use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Fault, Remedy};
use crate::launch::Told;
use crate::report::Safety;
use ecswhy_facts::ecs::TaskDefinition;

/// GiB without `ephemeralStorage`, and what AWS takes at least and at most.
const DEFAULT: i64 = 20;
const SMALLEST: i64 = 21;
const LARGEST: i64 = 200;

/// The storage that a task definition asks for.
pub struct Ephemeral<'a> {
    /// ARN of the task definition.
    pub definition: &'a str,
    /// GiB.
    pub gib: i64,
    is_default: bool,
}

impl<'a> Ephemeral<'a> {
    /// The storage of `definition`.
    pub fn of(definition: &'a TaskDefinition) -> Self {
        let asked = definition.ephemeral_storage.as_ref().and_then(|storage| storage.size_in_gib);
        Self {
            definition: definition.task_definition_arn.as_deref().unwrap_or_default(),
            gib: asked.unwrap_or(DEFAULT),
            is_default: asked.is_none(),
        }
    }

    /// The fault with the size as evidence, and a larger size where there is one.
    pub fn with_evidence(&self, fault: Fault) -> Fault {
        let size =
            if self.is_default { format!("absent: {DEFAULT}") } else { self.gib.to_string() };
        let fault = fault.fact(
            "ecs:DescribeTaskDefinition",
            self.definition,
            "ephemeralStorage.sizeInGiB",
            size,
        );
        if self.gib < LARGEST { fault.remedy(self.enlarge()) } else { fault }
    }

    fn enlarge(&self) -> Remedy {
        /// AWS Fargate pricing, us-east-1: GB and hour beyond the first 20.
        const GIB_MONTH: f64 = 0.000_111 * 730.0;
        let gib = (self.gib * 2).clamp(SMALLEST, LARGEST);
        let edits = vec![TaskDefinitionEdit::EphemeralStorage { gib }];
        let change =
            Change::RegisterTaskDefinition { task_definition: self.definition.to_owned(), edits };
        let more = f64::from(i32::try_from(gib - self.gib).unwrap_or_default());
        Remedy::new(
            format!("Give the task {gib} GiB of ephemeral storage"),
            Safety::NeedsNewDeployment,
            vec![change],
        )
        .costs((more * GIB_MONTH * 100.0).round() / 100.0)
        .touches("The cost counts for each task that runs.")
        .estimate()
    }
}

/// Whether the image itself did not fit: that is `image/too-large`, not `storage/ephemeral-full`.
pub fn while_pulling(told: &Told) -> bool {
    let said = told.message.to_ascii_lowercase();
    ["cannotpull", "extract layer", "register layer", "resolve ref", "pull image"]
        .iter()
        .any(|word| said.contains(word))
}
