//! A service on Fargate Spot: what keeps a part of it on capacity that AWS does not take back.

use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;

const SPOT: &str = "FARGATE_SPOT";

/// Keep at least half of the wanted tasks on FARGATE, where the service runs on Spot alone or has no base there.
/// Source: ECS API reference, `CapacityProviderStrategyItem`: the base is filled first, the weights share the rest.
pub fn with_on_demand(launch: &Launch<'_>) -> Option<Remedy> {
    let own = launch.service?.capacity_provider_strategy.as_slice();
    let strategy =
        launch.rollout.as_ref().map_or(own, |rollout| match rollout.capacity_providers {
            [] => own,
            named => named,
        });
    let named =
        |name: &str| strategy.iter().find(|item| item.capacity_provider.as_deref() == Some(name));
    named(SPOT)?;
    let base = named("FARGATE").and_then(|item| item.base).unwrap_or_default();
    let wanted = launch.service?.desired_count.unwrap_or(1);
    let half = (wanted + 1) / 2;
    if base >= half.max(1) {
        return None;
    }
    let strategy = [
        format!("capacityProvider=FARGATE,base={},weight=1", half.max(1)),
        format!("capacityProvider={SPOT},weight=1"),
    ];
    let command = launch
        .update_service()?
        .list("--capacity-provider-strategy", &strategy)
        .flag("--force-new-deployment");
    let title =
        format!("Keep {} of {} tasks on Fargate that is not Spot", half.max(1), wanted.max(1));
    Some(
        Remedy::by_hand(title.clone(), Safety::NeedsNewDeployment, title, [command])
            .touches("FARGATE costs about three times as much as FARGATE_SPOT."),
    )
}
