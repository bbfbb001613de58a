//! A collection: whatever can be asked is asked at once, each answer is planned upon as it comes, and at the end all
//! answers go through the one door of the snapshot in an order of their own, so that the facts do not depend on which
//! answer was quicker.

use crate::error::{CollectError, unreachable};
use crate::find;
use crate::listing::{self, Listed};
use crate::plan::{self, Ask, Place, permissions_version};
use ecswhy_aws::{CallError, Client, operations};
use ecswhy_facts::door::{self, Answer, Outcome};
use ecswhy_facts::{Arn, Known, Redaction, Snapshot, Target, Time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::task::JoinSet;

/// Pages of a listing of stopped tasks that are read at most.
const STOPPED_PAGES: u32 = 5;
/// How long optional answers are waited for once every required one is there.
const PATIENCE: Duration = Duration::from_millis(400);

/// What to collect.
#[derive(Clone, Debug)]
pub struct Request {
    /// The subjects of the diagnosis, in one region.
    pub targets: Vec<Target>,
    /// The account that they are in, where the caller's request says it.
    pub account: Option<String>,
    /// When the run began: the snapshot's clock.
    pub now: Time,
    /// Whether secrets are masked as they enter.
    pub redaction: Redaction,
}

/// Reads everything that a diagnosis of the targets needs.
///
/// # Errors
/// When AWS cannot be asked at all, or a single target does not exist.
pub async fn collect(client: &Client, request: &Request) -> Result<Snapshot, CollectError> {
    collect_from(client, request, Vec::new()).await
}

/// As [`collect`], with calls that the targets do not lead to.
pub(crate) async fn collect_from(
    client: &Client,
    request: &Request,
    more: Vec<Ask>,
) -> Result<Snapshot, CollectError> {
    complete(Run::new(client, request), more).await
}

/// As [`collect`], with the network around the ends of a path. The request may have no targets; a place that does not
/// exist is no error, the facts say so.
///
/// # Errors
/// When AWS cannot be asked at all, or a single target does not exist.
pub async fn collect_path(
    client: &Client,
    request: &Request,
    ends: &[Place],
) -> Result<Snapshot, CollectError> {
    let mut run = Run::new(client, request);
    run.ends = Some(ends);
    complete(run, Vec::new()).await
}

async fn complete(mut run: Run<'_>, more: Vec<Ask>) -> Result<Snapshot, CollectError> {
    run.start(Ask::home(&operations::sts::GET_CALLER_IDENTITY, json!({})));
    for ask in more {
        run.start(ask);
    }
    run.plan();
    while let Some(ended) = run.next().await {
        run.take(ended)?;
        while let Some(ended) = run.calls.try_join_next() {
            run.take(ended.unwrap_or_else(|error| lost(&error)))?;
        }
        run.require_target().await?;
        run.plan();
    }
    run.require_task()?;
    Ok(run.snapshot())
}

/// A call that ended. Calls that say nothing of the account (who am I) have no use for the door.
struct Ended {
    ask: Ask,
    result: Result<Value, CallError>,
    cut: bool,
    /// Whether a listing has answered it, so that no call was made.
    listed: bool,
}

/// How far a listing is that answers for many calls.
enum Listing {
    /// These wait for it.
    UnderWay(Vec<Ask>),
    /// It answered; nothing where it could not be had.
    Ended(Listed),
}

struct Run<'r> {
    client: &'r Client,
    request: &'r Request,
    /// The ends of a path, where the question is about one.
    ends: Option<&'r [Place]>,
    /// What is known so far, for planning only. Nothing is taken in before the account is known.
    known: Snapshot,
    early: Vec<Ended>,
    done: Vec<Ended>,
    asked: BTreeSet<String>,
    calls: JoinSet<Ended>,
    under_way: BTreeMap<String, Ask>,
    /// Tasks that listings named and that are not described yet, by cluster.
    listed: BTreeMap<String, BTreeSet<String>>,
    described: BTreeSet<String>,
    checked: bool,
    /// Listings by the identity of their call.
    listings: BTreeMap<String, Listing>,
    /// Calls that a listing has answered, still to be taken in.
    answered: Vec<Ended>,
}

impl<'r> Run<'r> {
    fn new(client: &'r Client, request: &'r Request) -> Self {
        let region = client.region().unwrap_or_default();
        let mut known = Snapshot::new(request.now, "", region);
        known.targets.clone_from(&request.targets);
        Self {
            client,
            request,
            ends: None,
            known,
            early: Vec::new(),
            done: Vec::new(),
            asked: BTreeSet::new(),
            calls: JoinSet::new(),
            under_way: BTreeMap::new(),
            listed: BTreeMap::new(),
            described: BTreeSet::new(),
            checked: false,
            listings: BTreeMap::new(),
            answered: Vec::new(),
        }
    }

    fn start(&mut self, ask: Ask) {
        debug_assert!(
            ask.operation.name == operations::sts::GET_CALLER_IDENTITY.name
                || plan::OPERATIONS.iter().any(|known| std::ptr::eq(*known, ask.operation)),
            "{} is missing in the list of operations",
            ask.operation.name
        );
        let identity = ask.identity();
        if self.asked.insert(identity.clone()) {
            self.under_way.insert(identity, ask.clone());
            let many = self.request.targets.len() > plan::FEW;
            match listing::of(&ask).filter(|_| many) {
                Some(listing) => self.wait_for(listing, ask),
                None => self.call(ask),
            }
        }
    }

    fn call(&mut self, ask: Ask) {
        let (client, pages) = (self.client.clone(), self.request.targets.len().div_ceil(2));
        self.calls.spawn(async move { answer(&client, ask, pages).await });
    }

    /// Lets a listing answer, which is made when it first is of use.
    fn wait_for(&mut self, listing: Ask, ask: Ask) {
        let identity = listing.identity();
        match self.listings.get_mut(&identity) {
            Some(Listing::UnderWay(waiting)) => waiting.push(ask),
            Some(Listing::Ended(listed)) => match listed.answer(&ask) {
                Some(output) => {
                    let result = Ok(output);
                    self.answered.push(Ended { ask, result, cut: false, listed: true });
                }
                None => self.call(ask),
            },
            None => {
                self.listings.insert(identity, Listing::UnderWay(vec![ask]));
                self.start(listing);
            }
        }
    }

    /// Answers what has waited for a listing.
    fn listing_ended(&mut self, ended: &Ended) {
        let listed = match &ended.result {
            Ok(answer) => Listed::read(&ended.ask, answer),
            Err(_) => Listed::default(),
        };
        let listing = self.listings.insert(ended.ask.identity(), Listing::Ended(listed));
        if let Some(Listing::UnderWay(waiting)) = listing {
            for ask in waiting {
                self.wait_for(ended.ask.clone(), ask);
            }
        }
    }

    /// Starts every call that has become possible.
    fn plan(&mut self) {
        // As long as as many calls are queued as can be made at once, planning wins nothing.
        if self.calls.len() > self.client.settings().concurrency {
            return;
        }
        let around = self.ends.map(|ends| plan::around(&self.known, ends));
        for ask in plan::possible(&self.known).into_iter().chain(around.into_iter().flatten()) {
            self.start(ask);
        }
        self.describe_listed();
    }

    /// Describes listed tasks, together once every listing of their cluster has ended.
    fn describe_listed(&mut self) {
        let listing: BTreeSet<&str> = self
            .under_way
            .values()
            .filter(|ask| ask.operation.name == operations::ecs::LIST_TASKS.name)
            .filter_map(|ask| ask.params["cluster"].as_str())
            .collect();
        let ready: Vec<String> = self
            .listed
            .keys()
            .filter(|cluster| !listing.contains(cluster.as_str()))
            .cloned()
            .collect();
        for cluster in ready {
            let listed = self.listed.remove(&cluster).unwrap_or_default();
            let new: Vec<String> =
                listed.into_iter().filter(|arn| self.described.insert(arn.clone())).collect();
            let operation = &operations::ecs::DESCRIBE_TASKS;
            for batch in new.chunks(plan::batch_size(operation)) {
                let params = json!({ "cluster": cluster, "tasks": batch, "include": ["TAGS"] });
                self.start(Ask::home(operation, params));
            }
        }
    }

    /// The next call that ends. Optional ones are given up when nothing else is under way for a while.
    async fn next(&mut self) -> Option<Ended> {
        if let Some(answered) = self.answered.pop() {
            return Some(answered);
        }
        let next = if self.under_way.values().any(Ask::is_required) {
            self.calls.join_next().await
        } else {
            match tokio::time::timeout(PATIENCE, self.calls.join_next()).await {
                Ok(next) => next,
                Err(_) => {
                    self.give_up();
                    None
                }
            }
        };
        next.map(|ended| ended.unwrap_or_else(|error| lost(&error)))
    }

    fn give_up(&mut self) {
        self.calls.abort_all();
        for ask in std::mem::take(&mut self.under_way).into_values() {
            let message = format!("{}, which is optional, took too long", ask.operation.cli());
            let result = Err(CallError::Timeout { message });
            self.done.push(Ended { ask, result, cut: false, listed: false });
        }
    }

    fn take(&mut self, ended: Ended) -> Result<(), CollectError> {
        self.under_way.remove(&ended.ask.identity());
        if let Err(error) = &ended.result
            && !self.done.iter().chain(&self.early).any(|earlier| earlier.result.is_ok())
            && ended.ask.is_required()
            && let Some(error) = CollectError::of_every_call(error)
        {
            return Err(error);
        }
        if self.known.account.is_empty()
            && let Some(account) = account_in(&ended)
        {
            if let Some(wanted) = self.request.account.clone().filter(|wanted| *wanted != account) {
                return Err(CollectError::OtherAccount { wanted, own: account });
            }
            self.known.account = account;
            self.known.facts.clear();
        }
        if listing::is_listing(&ended.ask) {
            self.listing_ended(&ended);
        }
        self.early.push(ended);
        if self.known.account.is_empty() && !self.calls.is_empty() {
            return Ok(());
        }
        if self.known.account.is_empty() {
            self.require_connection()?;
        }
        for ended in std::mem::take(&mut self.early) {
            self.learn(&ended);
            self.done.push(ended);
        }
        Ok(())
    }

    /// When the first calls have all failed to connect, or have all met someone who is not AWS, no other will do
    /// better.
    fn require_connection(&self) -> Result<(), CollectError> {
        let all = || self.done.iter().chain(&self.early);
        let no_connection = |error: &CallError| {
            matches!(error, CallError::Unreachable { .. } | CallError::Timeout { .. })
        };
        let no_aws =
            |error: &CallError| no_connection(error) || matches!(error, CallError::Nonsense { .. });
        let each = |test: &dyn Fn(&CallError) -> bool| {
            all().all(|ended| ended.result.as_ref().is_err_and(test))
        };
        match all().find_map(|ended| ended.result.as_ref().err()) {
            Some(error) if each(&no_connection) => {
                Err(CollectError::Unreachable(unreachable(error)))
            }
            Some(error) if each(&no_aws) => Err(CollectError::Unreachable(format!(
                "nothing that answers can be read as AWS ({error}): check --endpoint-url, AWS_ENDPOINT_URL and the proxy"
            ))),
            _ => Ok(()),
        }
    }

    /// Takes an answer into what is known, and asks for what only the answer itself names.
    fn learn(&mut self, ended: &Ended) {
        absorb(&mut self.known, ended, self.request.redaction);
        let Ok(answer) = &ended.result else { return };
        let operation = ended.ask.operation.name;
        if operation == operations::ecs::LIST_TASKS.name {
            let cluster = ended.ask.params["cluster"].as_str().unwrap_or_default();
            let arns =
                answer["taskArns"].as_array().into_iter().flatten().filter_map(Value::as_str);
            self.listed.entry(cluster.to_owned()).or_default().extend(arns.map(str::to_owned));
        }
        if operation == operations::iam::GET_POLICY.name {
            let policy = &answer["Policy"];
            if let (Some(arn), Some(version)) =
                (policy["Arn"].as_str(), policy["DefaultVersionId"].as_str())
            {
                self.start(permissions_version(arn, version));
            }
        }
    }

    /// A single target that does not exist is an error of its own, with the nearest names.
    async fn require_target(&mut self) -> Result<(), CollectError> {
        let [target] = self.request.targets.as_slice() else { return Ok(()) };
        let facts = &self.known.home().ecs;
        let (cluster, region) = (target.cluster().to_owned(), self.known.region.clone());
        if self.checked {
            return Ok(());
        }
        if matches!(facts.clusters.get(&cluster), Known::Absent) {
            let names = find::clusters(self.client).await.unwrap_or_default();
            let hint = find::hint(&cluster, &names);
            let account = self.known.account.clone();
            return Err(CollectError::ClusterMissing { cluster, region, account, hint });
        }
        let Target::Service { service, .. } = target else { return Ok(()) };
        let service = service.clone();
        match facts.services.get(&target.key()) {
            Known::Absent => {
                let names = find::services(self.client, &cluster).await.unwrap_or_default();
                let hint = find::hint(&service, &names);
                let place = format!("the cluster {cluster} ({region})");
                Err(CollectError::ServiceMissing { service, place, hint })
            }
            Known::Present(found) if found.status.as_deref() == Some("INACTIVE") => {
                Err(CollectError::ServiceDeleted { service, cluster, region })
            }
            Known::Present(_) => {
                self.checked = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn require_task(&self) -> Result<(), CollectError> {
        let [target @ Target::Task { cluster, task }] = self.request.targets.as_slice() else {
            return Ok(());
        };
        let missing = match self.known.home().ecs.tasks.get(&target.key()) {
            Known::Absent => true,
            Known::Present(tasks) => tasks.tasks.is_empty(),
            _ => false,
        };
        let place = || format!("the cluster {cluster} ({})", self.known.region);
        match missing {
            true => Err(CollectError::TaskMissing { task: task.clone(), place: place() }),
            false => Ok(()),
        }
    }

    /// The facts, taken in anew in an order that does not depend on time.
    fn snapshot(mut self) -> Snapshot {
        let Snapshot { account, region, .. } = &self.known;
        let mut snapshot = Snapshot::new(self.request.now, account, region);
        snapshot.targets.clone_from(&self.request.targets);
        let order = |ended: &Ended| {
            (door::order(&plan::call_name(ended.ask.operation)), ended.ask.identity())
        };
        self.done.sort_by_cached_key(order);
        for ended in &self.done {
            absorb(&mut snapshot, ended, self.request.redaction);
        }
        snapshot
    }
}

/// Makes a call. `pages`: how many of a listing of log groups are worth reading, where each saves single calls.
async fn answer(client: &Client, ask: Ask, pages: usize) -> Ended {
    let region = (!ask.region.is_empty()).then_some(ask.region.as_str());
    let params = ask.params.clone();
    let name = ask.operation.name;
    let stopped = name == operations::ecs::LIST_TASKS.name && params["desiredStatus"] == "STOPPED";
    let groups = name == operations::logs::DESCRIBE_LOG_GROUPS.name && listing::is_listing(&ask);
    let (result, cut) = if stopped || groups {
        let pages = if stopped { STOPPED_PAGES } else { u32::try_from(pages).unwrap_or(u32::MAX) };
        match client.call_pages(ask.operation, region, params, pages).await {
            Ok(pages) => (Ok(pages.value), pages.cut),
            Err(error) => (Err(error), false),
        }
    } else if name == operations::logs::GET_LOG_EVENTS.name
        || name == operations::s3::LIST_OBJECTS_V2.name
    {
        // A log stream has no last page: the token repeats, and the last events come first. Of a bucket, one object is
        // asked for.
        (client.call(ask.operation, region, params).await, false)
    } else {
        (client.call_all(ask.operation, region, params).await, false)
    };
    Ended { ask, result, cut, listed: false }
}

/// A call whose task broke off.
fn lost(error: &tokio::task::JoinError) -> Ended {
    let ask = Ask::home(&operations::sts::GET_CALLER_IDENTITY, json!({}));
    let result = Err(CallError::Nonsense { message: error.to_string() });
    Ended { ask, result, cut: false, listed: false }
}

fn absorb(snapshot: &mut Snapshot, ended: &Ended, redaction: Redaction) {
    let Ended { ask, result, cut, listed } = ended;
    if ask.operation.name == operations::sts::GET_CALLER_IDENTITY.name {
        return;
    }
    let or_home =
        |text: &str, home: &str| if text.is_empty() { home.to_owned() } else { text.to_owned() };
    let account = or_home(&ask.account, &snapshot.account);
    let region = or_home(&ask.region, &snapshot.region);
    let outcome = match result {
        Ok(output) => Outcome::Answered { output: output.clone(), cut: *cut },
        Err(CallError::NotFound { .. }) => Outcome::NotFound,
        Err(CallError::Denied { action, message }) => {
            Outcome::Denied { action: action.clone(), message: message.clone() }
        }
        Err(other) => Outcome::Failed { why: other.to_string() },
    };
    let call = plan::call_name(ask.operation);
    let params = ask.params.clone();
    let answer = Answer { call: &call, account: &account, region: &region, params, outcome };
    match (listing::is_listing(ask), listed) {
        // What it lists of others is nobody's business.
        (true, _) => snapshot.count(&answer, redaction),
        (false, true) => snapshot.keep(answer, redaction),
        (false, false) => snapshot.absorb(answer, redaction),
    }
}

/// The account that an answer names: the caller's own, of which clusters and services are.
fn account_in(ended: &Ended) -> Option<String> {
    let answer = ended.result.as_ref().ok()?;
    if let Some(account) = answer["Account"].as_str() {
        return Some(account.to_owned());
    }
    let arn = answer["services"][0]["serviceArn"]
        .as_str()
        .or_else(|| answer["clusters"][0]["clusterArn"].as_str())?;
    Some(arn.parse::<Arn>().ok()?.account)
}
