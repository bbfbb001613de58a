//! What a check is: a static record beside a function of the launch, and what such a function may answer.

use crate::change::Change;
use crate::launch::Launch;
use crate::report::{Confidence, Evidence, PathDrawing, Proof, Safety, VerdictName};
use crate::shell::Command;
use crate::stage::Stage;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// A check: one fault that a launch can have. Its id is the id of its findings.
#[derive(Debug)]
pub struct Check {
    /// `group/fault`, stable.
    pub id: &'static str,
    /// Affirmative sentence that reads well as passed and as failed: "The image's tag exists".
    pub title: &'static str,
    /// The stage that it breaks.
    pub stage: Stage,
    /// What its findings do to the launch.
    pub weight: Weight,
    /// Symptoms that this fault can show as.
    pub explains: &'static [Symptom],
    /// Markdown with the headings `## What it is`, `## Why it stops the launch`, `## How to fix it`, `## Sources`.
    pub explanation: &'static str,
    /// The judgement.
    pub run: fn(&Launch<'_>) -> Result<Verdict, Gap>,
}

impl Check {
    /// Judges a launch. A missing fact is a verdict like any other.
    pub fn judge(&self, launch: &Launch<'_>) -> Verdict {
        (self.run)(launch).unwrap_or_else(|gap| Verdict::Unknown(vec![gap]))
    }
}

/// What a fault does to the launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Stops it.
    Blocks,
    /// Weakens it.
    Risk,
    /// Context.
    Note,
}

/// What a check answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Proven to hold.
    Pass,
    /// Proven not to hold.
    Fail(Vec<Fault>),
    /// These facts are missing.
    Unknown(Vec<Gap>),
    /// The launch does not use what this would judge; why, as half a sentence.
    NotApplicable(&'static str),
}

impl Verdict {
    /// One proven fault fails, even where a fact is missing elsewhere; without faults one missing fact is enough to
    /// be unknown.
    pub fn of(faults: Vec<Fault>, gaps: impl IntoIterator<Item = Gap>) -> Self {
        let mut unknown: Vec<Gap> = Vec::new();
        for gap in gaps {
            if !unknown.contains(&gap) {
                unknown.push(gap);
            }
        }
        match (faults.is_empty(), unknown.is_empty()) {
            (false, _) => Self::Fail(faults),
            (true, false) => Self::Unknown(unknown),
            (true, true) => Self::Pass,
        }
    }

    /// In one word.
    pub fn name(&self) -> VerdictName {
        match self {
            Self::Pass => VerdictName::Pass,
            Self::Fail(_) => VerdictName::Fail,
            Self::Unknown(_) => VerdictName::Unknown,
            Self::NotApplicable(_) => VerdictName::NotApplicable,
        }
    }
}

/// Collects what is found about several subjects into one verdict, as [`Verdict::of`] weighs them.
#[derive(Debug, Default)]
pub struct Tally {
    faults: Vec<Fault>,
    gaps: Vec<Gap>,
    judged: usize,
}

impl Tally {
    /// Counts the judgement of one subject: a fault, none, or a missing fact.
    pub fn add(&mut self, judgement: Result<Option<Fault>, Gap>) {
        self.judged += 1;
        match judgement {
            Ok(None) => {}
            // A subject that several containers share is told once.
            Ok(Some(fault)) => {
                if !self.faults.iter().any(|known| known.subject == fault.subject) {
                    self.faults.push(fault);
                }
            }
            Err(gap) => self.gaps.push(gap),
        }
    }

    /// The verdict; `unused` says why the check does not apply when no subject was judged.
    pub fn verdict(self, unused: &'static str) -> Verdict {
        match self.judged {
            0 => Verdict::NotApplicable(unused),
            _ => Verdict::of(self.faults, self.gaps),
        }
    }
}

/// A fault that a check proved: a finding before it is ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The ARN or id that AWS uses.
    pub subject: String,
    /// One sentence with the concrete value in it.
    pub message: String,
    /// The facts that prove it.
    pub evidence: Vec<Evidence>,
    /// The path of the packets that it stops.
    pub path: Option<PathDrawing>,
    /// What it concerns, under the names of symptom parameters (`image`, `secret`, `host`, `action` ...), for matching
    /// it to what AWS said. A name may occur several times: any of its values matches.
    pub about: Vec<(&'static str, String)>,
    /// Subnets whose tasks it concerns; none: every task.
    pub subnets: Vec<String>,
    /// Symptoms that this very fault can show as; none: all that its check explains.
    pub symptoms: Vec<Symptom>,
    /// Where it lies on the packet's path or in the decision chain; the smallest is met first.
    pub hop: u32,
    /// What it does to the launch, where it differs from the check's own weight.
    pub weight: Option<Weight>,
    /// How sure it is, where facts alone do not make it certain.
    pub confidence: Option<Confidence>,
    /// What would clear it, least invasive first.
    pub remedies: Vec<Remedy>,
}

impl Fault {
    /// A fault of a subject, told in one sentence.
    pub fn new(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            message: message.into(),
            evidence: Vec::new(),
            path: None,
            about: Vec::new(),
            subnets: Vec::new(),
            symptoms: Vec::new(),
            hop: 0,
            weight: None,
            confidence: None,
            remedies: Vec::new(),
        }
    }

    /// Adds a field of an AWS answer as evidence.
    #[must_use]
    pub fn fact(
        mut self,
        call: &str,
        resource: impl Into<String>,
        field: &str,
        value: impl ToString,
    ) -> Self {
        self.evidence.push(Evidence::fact(call, resource, field, value));
        self
    }

    /// Adds the steps of a decision or path as evidence.
    #[must_use]
    pub fn trace(mut self, trace: Vec<String>) -> Self {
        self.evidence.push(Evidence::Trace { trace });
        self
    }

    /// Adds the path of the packets that it stops: its line and its ladder as evidence, its hops for a drawing.
    #[must_use]
    pub fn path(mut self, line: String, path: &ecswhy_network::Path) -> Self {
        let ladder = path.ladder();
        self = self.trace(vec![line.clone()]).trace(ladder.lines().map(str::to_owned).collect());
        self.path = Some(PathDrawing::new(line, path));
        self
    }

    /// Says what it concerns.
    #[must_use]
    pub fn about(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.about.push((name, value.into()));
        self
    }

    /// Says which subnets' tasks it concerns.
    #[must_use]
    pub fn in_subnets(mut self, subnets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.subnets.extend(subnets.into_iter().map(Into::into));
        self
    }

    /// Says where on the path or in the decision chain it lies.
    #[must_use]
    pub fn at_hop(mut self, hop: u32) -> Self {
        self.hop = hop;
        self
    }

    /// Says how sure it is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// Says that it weakens the launch and does not stop it, whatever the check's weight.
    #[must_use]
    pub fn as_risk(mut self) -> Self {
        self.weight = Some(Weight::Risk);
        self
    }

    /// Adds something that would clear it.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedies.push(remedy);
        self
    }
}

/// Something that would clear a fault: a fix before it is proven.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// Imperative sentence.
    pub title: String,
    /// How careful one must be.
    pub safety: Safety,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// Rough monthly cost, US dollars.
    pub cost_per_month_usd: Option<f64>,
    /// What else it touches, one sentence each.
    pub touches: Vec<String>,
    /// How it can be shown to work: `Model` is proven by running the checks on the changed account.
    pub proof: Proof,
}

impl Remedy {
    /// A remedy that the model of the account can prove.
    pub fn new(title: impl Into<String>, safety: Safety, changes: Vec<Change>) -> Self {
        Self {
            title: title.into(),
            safety,
            changes,
            cost_per_month_usd: None,
            touches: Vec::new(),
            proof: Proof::Model,
        }
    }

    /// A remedy that only a person can carry out; the model says nothing about it.
    pub(crate) fn by_hand(
        title: impl Into<String>,
        safety: Safety,
        instruction: impl Into<String>,
        commands: impl IntoIterator<Item = Command>,
    ) -> Self {
        Self::new(title, safety, vec![Change::manual(instruction, commands)]).estimate()
    }

    /// Says that it is an estimate, because the finding rests on what happened and not on a fact of the model.
    #[must_use]
    pub fn estimate(mut self) -> Self {
        self.proof = Proof::Estimate;
        self
    }

    /// Says what it costs, roughly.
    #[must_use]
    pub fn costs(mut self, dollars_per_month: f64) -> Self {
        self.cost_per_month_usd = Some(dollars_per_month);
        self
    }

    /// Says what else it touches.
    #[must_use]
    pub fn touches(mut self, sentence: impl Into<String>) -> Self {
        self.touches.push(sentence.into());
        self
    }
}
