//! `ecswhy reach`: would a packet and its reply arrive, and which hop says so?

use crate::arguments::FromArguments;
use crate::failure::Failure;
use crate::{lines, output, source};
use clap::Args;
use ecswhy_facts::suggest::hint;
use ecswhy_facts::{Redaction, Snapshot};
use ecswhy_network::services::Service;
use ecswhy_network::{Answer, Destination, Model, Origin, Question, destination};
use ecswhy_report::{Format, clean};
use std::fmt::Write as _;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  ecswhy reach prod/web ecr.api --from snapshot.json
  ecswhy reach subnet-0aa11bb22+sg-0f00 10.0.3.17:5432 --from snapshot.json
  ecswhy reach --lines --from DIR < requests.jsonl

A line of --lines is a JSON object:
  {\"from\":\"i-...|eni-...|subnet-...\", \"to\":\"IP address or eni-...\", \"port\":443,
   \"protocol\":\"tcp|udp|icmp|any\", \"source_ip\":..., \"security_groups\":[...],
   \"public_ip\":true}";

/// AWS services that are known by a short name; every other text is a host name.
const SERVICES: [&str; 14] = [
    "ecr.api",
    "ecr.dkr",
    "s3",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "kms",
    "sts",
    "monitoring",
    "elasticfilesystem",
    "sqs",
    "sns",
    "dynamodb",
];

/// Arguments of `reach`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// CLUSTER/SERVICE, eni-..., i-..., subnet-... or subnet-...+sg-...+sg-... (with the groups of the task)
    #[arg(required_unless_present = "lines", conflicts_with = "lines")]
    source: Option<String>,
    /// IP address, eni-..., host name, or AWS service such as ecr.api or s3; port 443 unless given
    #[arg(value_name = "DEST[:PORT]", required_unless_present = "lines", conflicts_with = "lines")]
    destination: Option<String>,
    #[command(flatten)]
    from: FromArguments,
    /// text, for people; or json, for programs: the answer and its trace
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = crate::arguments::format)]
    format: Format,
    /// Read one request per line from standard input and answer each with one line
    #[arg(long)]
    lines: bool,
}

/// Runs `reach`.
///
/// # Errors
/// When the facts cannot be read or do not hold the source.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let json = arguments.format == Format::Json;
    let snapshot = facts(arguments.from.from.as_deref())?;
    let model = Model::new(snapshot.facts.values().map(|facts| &facts.ec2));
    if arguments.lines {
        let answer = || {
            |line: &str| {
                ecswhy_network::lines::answer(&model, line, json).map_err(|e| e.to_string())
            }
        };
        return lines::answer(std::io::stdin().lock(), std::io::stdout().lock(), answer);
    }
    let (Some(from), Some(to)) = (&arguments.source, &arguments.destination) else {
        return Err(Failure::new("give SOURCE and DEST[:PORT], or --lines"));
    };
    let (to, port) = target(&snapshot, to)?;
    let answers: Vec<(String, Answer)> = origins(&snapshot, from)?
        .into_iter()
        .map(|(name, origin)| (name, model.reach(&Question::tcp(origin, to.clone(), port))))
        .collect();
    let text = if json { as_json(&answers) } else { as_text(&answers) };
    output::write(&text, None)?;
    Ok(0)
}

fn facts(from: Option<&Path>) -> Result<Snapshot, Failure> {
    let path = from.ok_or_else(|| {
        Failure::new(
            "`reach` reads no live account yet: collect the facts with `ecswhy snapshot`, then give --from FILE",
        )
    })?;
    let mut snapshot = source::read(path, Redaction::On)?;
    // Packets cross accounts and regions: their facts are merged by id.
    let home = snapshot.home_scope();
    let others: Vec<_> = snapshot.facts.keys().filter(|scope| **scope != home).cloned().collect();
    for scope in others {
        if let Some(other) = snapshot.facts.remove(&scope) {
            snapshot.home_mut().ec2.merge(other.ec2);
        }
    }
    Ok(snapshot)
}

fn as_json(answers: &[(String, Answer)]) -> String {
    let mut text = String::new();
    for (name, answer) in answers {
        let line = serde_json::json!({
            "source": name,
            "answer": answer.verdict.word(),
            "trace": answer.path,
            "alternatives": answer.alternatives,
        });
        let _ = writeln!(text, "{line}");
    }
    text
}

fn as_text(answers: &[(String, Answer)]) -> String {
    let mut text = String::new();
    for (name, answer) in answers {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "{} from {} ({})",
            answer.verdict.word(),
            clean(name),
            clean(&answer.path.way)
        );
        for line in answer.path.ladder().lines() {
            let _ = writeln!(text, "  {}", clean(line));
        }
        for obstacle in answer.obstacles() {
            let _ = writeln!(text, "  {}", clean(&obstacle.message));
        }
    }
    text
}

/// The places where the packet can start: one for each subnet of a service.
fn origins(snapshot: &Snapshot, text: &str) -> Result<Vec<(String, Origin)>, Failure> {
    let (id, groups) = text.split_once('+').map_or((text, None), |(id, groups)| {
        (id, Some(groups.split(['+', ',']).map(str::to_owned).collect::<Vec<_>>()))
    });
    if ["i-", "eni-", "subnet-"].iter().any(|prefix| id.starts_with(prefix)) {
        let origin = Origin::Existing {
            id: id.to_owned(),
            source_ip: None,
            security_groups: groups,
            public_ip: None,
        };
        return Ok(vec![(text.to_owned(), origin)]);
    }
    let services = &snapshot.home().ecs.services;
    let mut found = services
        .present()
        .filter(|(key, service)| *key == text || service.service_name.as_deref() == Some(text));
    let Some((_, service)) = found.next() else {
        let near = hint(text, services.present().map(|(key, _)| key));
        return Err(Failure::new(format!(
            "these facts hold no service {text}{near}; SOURCE is CLUSTER/SERVICE, eni-..., i-... or subnet-..."
        )));
    };
    let network = service
        .network_configuration
        .as_ref()
        .or_else(|| service.deployments.first()?.network_configuration.as_ref())
        .and_then(|network| network.awsvpc_configuration.as_ref())
        .ok_or_else(|| {
            Failure::new(format!("the service {text} names no subnets: it has no awsvpc network"))
        })?;
    let public_ip = network.assign_public_ip.as_deref() == Some("ENABLED");
    let origin = |subnet: &String| Origin::Task {
        subnet: subnet.clone(),
        security_groups: network.security_groups.clone(),
        public_ip,
        ipv6: false,
    };
    Ok(network
        .subnets
        .iter()
        .map(|subnet| (format!("{text} in {subnet}"), origin(subnet)))
        .collect())
}

fn target(snapshot: &Snapshot, text: &str) -> Result<(Destination, u16), Failure> {
    let (host, port) = split_port(text)
        .ok_or_else(|| Failure::new(format!("`{text}` has no valid port: a port is 1 to 65535")))?;
    let region = &snapshot.region;
    let is_service = SERVICES.contains(&host);
    if is_service && region.is_empty() {
        return Err(Failure::new(format!(
            "these facts name no region, so that {host} has no host name: give the host name, such as api.ecr.eu-west-1.amazonaws.com"
        )));
    }
    let to = if host == "ecr.dkr" {
        Destination::Service(Service::registry(&snapshot.account, region))
    } else if is_service {
        Destination::Service(Service::new(host, region))
    } else {
        destination(host)
    };
    Ok((to, port))
}

/// `HOST`, `HOST:PORT`, `[IPv6]:PORT`, or a bare IPv6 address.
fn split_port(text: &str) -> Option<(&str, u16)> {
    let port = |text: &str| text.parse().ok().filter(|port| *port > 0);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after.strip_prefix(':') {
            Some(number) => Some((host, port(number)?)),
            None => after.is_empty().then_some((host, 443)),
        };
    }
    match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Some((text, 443)),
        Some((host, number)) => Some((host, port(number)?)),
        None => Some((text, 443)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_every_form() {
        for (text, expected) in [
            ("10.0.0.1", Some(("10.0.0.1", 443))),
            ("10.0.0.1:5432", Some(("10.0.0.1", 5432))),
            ("2001:db8::1", Some(("2001:db8::1", 443))),
            ("[2001:db8::1]:80", Some(("2001:db8::1", 80))),
            ("[2001:db8::1]", Some(("2001:db8::1", 443))),
            ("host:0", None),
            ("host:70000", None),
            ("host:http", None),
        ] {
            assert_eq!(split_port(text), expected, "{text}");
        }
    }
}
