//! Reading a live account: the one place where the command line meets the network and the clock.

use crate::failure::Failure;
use ecswhy_aws::{Client, Settings};
use ecswhy_collect::Request;
use ecswhy_facts::{Redaction, Snapshot, Target, Time};

/// Collects what a diagnosis of the target needs.
pub fn collect(
    settings: Settings,
    target: Target,
    keep_secrets: bool,
) -> Result<Snapshot, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let redaction = if keep_secrets { Redaction::Off } else { Redaction::On };
    let request = Request { target, now: Time(jiff::Timestamp::now()), redaction };
    runtime.block_on(async {
        let client = Client::connect(settings, None).await;
        ecswhy_collect::collect(&client, &request)
            .await
            .map_err(|error| Failure::told(error.to_string()))
    })
}
