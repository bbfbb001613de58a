//! `service/cluster-inactive`: the cluster is deleted or being deleted.

use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ecs::Cluster;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/cluster-inactive",
    title: "The cluster is active",
    stage: Stage::Service,
    weight: Weight::Blocks,
    explains: &[],
    explanation: "## What it is\nA cluster that was deleted keeps answering as INACTIVE for a while. No task can start in it.\n\n## Why it stops the launch\nRunTask and the service scheduler refuse a cluster that is not ACTIVE.\n\n## How to see it\n`aws ecs describe-clusters --clusters CLUSTER --query 'clusters[].status'`.\n\n## How to fix it\nCreate the cluster again under the same name (its services are gone with it), or point the service at another one.\n\n## Sources\nECS API reference, DeleteCluster.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let name = launch.target.cluster();
    tally.add(launch.cluster().map(|cluster| {
        let status = cluster.map_or(Some("MISSING"), |cluster| cluster.status.as_deref());
        let status = status.filter(|status| *status != "ACTIVE")?;
        let arn = cluster
            .and_then(|cluster| cluster.cluster_arn.clone())
            .unwrap_or_else(|| name.to_owned());
        Some(
            Fault::new(arn, format!("The cluster {name} is {status}, so no task can start in it."))
                .fact(Cluster::CALL, name, "status", status),
        )
    }));
    Ok(tally.verdict(""))
}
