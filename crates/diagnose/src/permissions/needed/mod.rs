//! What a launch must be allowed: from the task definition alone, exactly what the execution role and the task role
//! need, on which resource, with which condition keys. Nothing that it does not use.
//!
//! Sources: ECS Developer Guide, "Amazon ECS task execution IAM role", "Pass Secrets Manager secrets", "Using
//! environment files", "awslogs log driver", "Amazon EFS volumes", "ECS Exec"; Service Authorization Reference.

mod exec;
mod logs;
mod pull;
mod secrets;
mod storage;

pub(crate) use exec::is_enabled as is_exec_enabled;

use super::requirement::Requirement;
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// Everything that the judged launch must be allowed.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn requirements(launch: &Launch<'_>) -> Result<Vec<Requirement>, Gap> {
    let mut all = Vec::new();
    pull::add(launch, &mut all)?;
    secrets::add(launch, &mut all)?;
    logs::add(launch, &mut all)?;
    storage::add(launch, &mut all)?;
    exec::add(launch, &mut all);
    Ok(merged(all))
}

/// What several containers need is judged once, about all that they use it for.
fn merged(all: Vec<Requirement>) -> Vec<Requirement> {
    let mut merged: Vec<Requirement> = Vec::new();
    for each in all {
        let same = merged.iter_mut().find(|known| {
            (known.purpose, known.actor, known.action) == (each.purpose, each.actor, each.action)
                && known.resource == each.resource
                && known.leaves == each.leaves
                && known.keys == each.keys
        });
        match same {
            None => merged.push(each),
            Some(known) => {
                known.blocks |= each.blocks;
                for about in each.about {
                    if !known.about.contains(&about) {
                        known.about.push(about);
                    }
                }
            }
        }
    }
    merged
}
