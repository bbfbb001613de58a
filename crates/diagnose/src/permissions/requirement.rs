//! One thing that a launch must be allowed to do, and everything that AWS would see of the request.

use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::secrets::Grant;
use serde_json::Value;

/// What a permission is for. It decides which check tells its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Pulling a private ECR image.
    Pull,
    /// Reading a secret of Secrets Manager.
    Secret,
    /// Reading a parameter of Parameter Store.
    Parameter,
    /// Decrypting a secret or parameter with a customer managed key.
    Key,
    /// Writing logs.
    Log,
    /// Fetching an environment file or a router's configuration from S3.
    EnvFile,
    /// Mounting a file system.
    FileSystem,
    /// Opening a session with ECS Exec.
    Exec,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The task execution role.
    ExecutionRole,
    /// The task role.
    TaskRole,
    /// Nobody: a mount without IAM.
    Anonymous,
    /// Amazon ECR, which signs the download of image layers from its own bucket.
    Registry,
}

/// Which network a request leaves through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaves {
    /// The task's own interface, towards this service.
    Task {
        /// The service's name in endpoint names (`ecr.api`, `s3`).
        service: &'static str,
        /// The host that is asked.
        host: String,
    },
    /// An interface that AWS Fargate owns: it is in no VPC of the customer.
    Fargate,
    /// Another AWS service asks on the caller's behalf.
    Service,
}

/// The value of a condition key that the launch fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// One value.
    One(String),
    /// A multi-valued key.
    Many(Vec<String>),
    /// The request does not carry it.
    Absent,
    /// Only the request itself shows it.
    Unknown,
}

/// The policy of a resource, and the grants of a key.
#[derive(Clone, Debug)]
pub struct Guard {
    /// What a person calls it.
    pub label: String,
    /// Its text; `None`: there is none.
    pub document: Result<Option<Value>, Gap>,
    /// The grants of a key.
    pub grants: Result<Vec<Grant>, Gap>,
}

impl Guard {
    /// A policy, without grants.
    pub fn new(label: impl Into<String>, document: Result<Option<Value>, Gap>) -> Self {
        Self { label: label.into(), document, grants: Ok(Vec::new()) }
    }
}

/// One action that must be allowed.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// What for.
    pub purpose: Purpose,
    /// Who asks.
    pub actor: Actor,
    /// IAM action.
    pub action: &'static str,
    /// The ARN that AWS checks, or `*`.
    pub resource: String,
    /// Another ARN that AWS may check instead, and the fact that would tell.
    pub or_resource: Option<(String, Gap)>,
    /// A missing fact that could make it unnecessary.
    pub doubt: Option<Gap>,
    /// What a least-privilege statement names.
    pub grant_on: String,
    /// Account that owns the resource; `None`: not known.
    pub owner: Option<String>,
    /// Region that is asked.
    pub region: String,
    /// Whether the launch fails without it.
    pub blocks: bool,
    /// Which network it leaves through.
    pub leaves: Leaves,
    /// Condition keys that this request fixes, besides those of every request.
    pub keys: Vec<(String, KeyValue)>,
    /// The policy of the resource, where it can have one.
    pub guard: Option<Guard>,
    /// Whether that policy alone decides, whatever the caller's own policies say.
    pub guard_only: bool,
    /// Subject of a finding about the resource's policy.
    pub guarded: String,
    /// What it concerns, under the names of symptom parameters.
    pub about: Vec<(&'static str, String)>,
    /// What its refusal shows as.
    pub symptoms: &'static [Symptom],
}

impl Requirement {
    /// A requirement of the execution role, in the account and Region of the resource's ARN.
    pub fn new(
        purpose: Purpose,
        action: &'static str,
        resource: impl Into<String>,
        leaves: Leaves,
        symptoms: &'static [Symptom],
    ) -> Self {
        let resource = resource.into();
        let part = |at: usize| {
            resource.split(':').nth(at).filter(|part| !part.is_empty()).map(str::to_owned)
        };
        Self {
            purpose,
            actor: Actor::ExecutionRole,
            action,
            or_resource: None,
            doubt: None,
            grant_on: resource.clone(),
            owner: part(4),
            region: part(3).unwrap_or_default(),
            blocks: true,
            leaves,
            keys: Vec::new(),
            guard: None,
            guard_only: false,
            guarded: resource.clone(),
            about: Vec::new(),
            symptoms,
            resource,
        }
    }

    /// Fixes a condition key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>, value: KeyValue) -> Self {
        self.keys.push((key.into(), value));
        self
    }

    /// Fixes a condition key with one value, or none.
    #[must_use]
    pub fn key_of(self, key: impl Into<String>, value: Option<impl Into<String>>) -> Self {
        let value = value.map_or(KeyValue::Absent, |value| KeyValue::One(value.into()));
        self.key(key, value)
    }

    /// Fixes the keys of the resource's tags, where all of them are known.
    #[must_use]
    pub fn tagged<'t>(
        mut self,
        prefixes: &[&str],
        tags: impl IntoIterator<Item = (&'t str, &'t str)> + Clone,
    ) -> Self {
        for prefix in prefixes {
            for (key, value) in tags.clone() {
                self = self.key(format!("{prefix}{key}"), KeyValue::One(value.to_owned()));
            }
            self = self.key(format!("{prefix}*"), KeyValue::Absent);
        }
        self
    }

    /// Says what it concerns.
    #[must_use]
    pub fn about(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.about.push((name, value.into()));
        self
    }

    /// Says which policy the resource has, and the subject of findings about it.
    #[must_use]
    pub fn guarded_by(mut self, guard: Guard, subject: impl Into<String>) -> Self {
        self.guard = Some(guard);
        self.guarded = subject.into();
        self
    }

    /// Says that the launch does not fail without it.
    #[must_use]
    pub fn soft(mut self) -> Self {
        self.blocks = false;
        self
    }

    /// Says who asks.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Says what a least-privilege statement names, where that is not the resource itself.
    #[must_use]
    pub fn granted_on(mut self, resource: impl Into<String>) -> Self {
        self.grant_on = resource.into();
        self
    }
}

/// The JSON of a policy text.
pub fn document(text: Option<&str>, gap: impl FnOnce(String) -> Gap) -> Result<Option<Value>, Gap> {
    match text.map(serde_json::from_str) {
        None => Ok(None),
        Some(Ok(document)) => Ok(Some(document)),
        Some(Err(error)) => Err(gap(format!("the policy is not JSON: {error}"))),
    }
}
