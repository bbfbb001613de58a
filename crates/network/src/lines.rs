//! `reach --lines`: one JSON request per line, one word or one JSON object per answer.

use crate::address::{COMMON_CLIENT_PORTS, Flow, Protocol};
use crate::evaluate::destination;
use crate::model::Model;
use crate::question::{Answer, Destination, Origin, Question};
use crate::trace::Verdict;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// `i-...`, `eni-...` or `subnet-...`.
    pub from: String,
    /// The source address, else the interface's, else any free one of the subnet.
    pub source_ip: Option<IpAddr>,
    /// The groups, else the interface's, else the VPC's default group.
    pub security_groups: Option<Vec<String>>,
    /// Whether the source has a public address, else as the interface.
    pub public_ip: Option<bool>,
    /// An address or `eni-...`.
    pub to: String,
    /// The port of the server.
    pub port: Option<u16>,
    /// `tcp` (when left out), `udp`, `icmp` or `any`.
    pub protocol: Option<String>,
}

/// Why a line has no answer.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is no request.
    #[error("not a request: {0}")]
    Json(#[from] serde_json::Error),
    /// The origin is of no known kind.
    #[error("\"from\" is {0:?}: give an id like i-..., eni-... or subnet-...")]
    From(String),
    /// The destination is of no known kind.
    #[error("\"to\" is {0:?}: give an IP address or eni-...")]
    To(String),
    /// The protocol is not one of the four.
    #[error("\"protocol\" is {0:?}: give tcp, udp, icmp or any")]
    Protocol(String),
    /// TCP and UDP need a port.
    #[error("\"port\" is missing: tcp and udp need one")]
    Port,
}

/// Answers one line: `reachable`, `blocked` or `undetermined`; with `json` the trace as well.
///
/// # Errors
/// When the line is no request.
pub fn answer(model: &Model, line: &str, json: bool) -> Result<String, LineError> {
    let request: Request = serde_json::from_str(line)?;
    let answer = request.judge(model)?;
    if !json {
        return Ok(answer.verdict.word().to_owned());
    }
    Ok(serde_json::to_string(
        &serde_json::json!({"answer": answer.verdict.word(), "trace": answer.path}),
    )?)
}

impl Request {
    /// Judges every kind of flow that the request stands for; `any` passes when one of them does.
    ///
    /// # Errors
    /// When the request names an unknown kind of thing.
    pub fn judge(&self, model: &Model) -> Result<Answer, LineError> {
        if !["i-", "eni-", "subnet-"].iter().any(|prefix| self.from.starts_with(prefix)) {
            return Err(LineError::From(self.from.clone()));
        }
        let to = destination(&self.to);
        if !matches!(to, Destination::Ip(_) | Destination::Interface(_)) {
            return Err(LineError::To(self.to.clone()));
        }
        let name = self.protocol.as_deref().unwrap_or("tcp").to_ascii_lowercase();
        let ask = |protocol: Protocol, port: u16| {
            let origin = Origin::Existing {
                id: self.from.clone(),
                source_ip: self.source_ip.map(|address| address.to_canonical()),
                // No interface is without a group: an empty list names none.
                security_groups: self.security_groups.clone().filter(|ids| !ids.is_empty()),
                public_ip: self.public_ip,
            };
            let flow = Flow { protocol, port, client_ports: COMMON_CLIENT_PORTS };
            let destination = to.clone();
            let question = Question { origin, destination, flow, target_must_be_known: false };
            model.reach_noting(&question)
        };
        let port = self.port.ok_or(LineError::Port);
        Ok(match name.as_str() {
            "tcp" => ask(Protocol::TCP, port?).0,
            "udp" => ask(Protocol::UDP, port?).0,
            "icmp" => ask(Protocol::ICMP, 0).0,
            "any" => self.any(model, ask),
            _ => return Err(LineError::Protocol(name)),
        })
    }

    /// The best answer among all kinds of flow. A port that is given leaves the protocol open.
    fn any<'m>(
        &self,
        model: &'m Model,
        ask: impl Fn(Protocol, u16) -> (Answer, BTreeSet<&'m str>),
    ) -> Answer {
        let port = self.port.filter(|port| *port > 0);
        let (mut best, asked) = ask(Protocol::TCP, port.unwrap_or(443));
        let kinds = match port {
            Some(port) => vec![(Protocol::UDP, port), (Protocol::ICMP, 0)],
            None => model.kinds_of_flow(&asked),
        };
        for (protocol, port) in kinds {
            if best.verdict == Verdict::Reachable {
                break;
            }
            let (answer, _) = ask(protocol, port);
            if answer.verdict < best.verdict {
                best = answer;
            }
        }
        best
    }
}

impl Model {
    /// Flows that stand for all others: the filters on a path change their mind only at the first port of a rule
    /// or just behind its last one.
    fn kinds_of_flow(&self, asked: &BTreeSet<&str>) -> Vec<(Protocol, u16)> {
        /// A protocol that no rule names: what is left for rules about all protocols (RFC 3692, experiments).
        const OTHER: Protocol = Protocol(253);
        let mut kinds = BTreeSet::from([
            (Protocol::TCP, 0),
            (Protocol::UDP, 0),
            (Protocol::ICMP, 0),
            (OTHER, 0),
        ]);
        let groups = asked.iter().filter_map(|id| self.groups.get(*id));
        let acls = asked.iter().filter_map(|id| self.acls.get(*id));
        let edges = groups
            .flat_map(crate::filter::SecurityGroup::edges)
            .chain(acls.flat_map(crate::nacl::NetworkAcl::edges));
        for (protocol, port) in edges {
            match protocol {
                Some(protocol) if !protocol.has_ports() => drop(kinds.insert((protocol, 0))),
                Some(protocol) => drop(kinds.insert((protocol, port))),
                None => kinds.extend([(Protocol::TCP, port), (Protocol::UDP, port)]),
            }
        }
        kinds.into_iter().collect()
    }
}
