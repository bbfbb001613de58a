//! `ecswhy reach`: would a packet and its reply arrive, and which hop says so?

mod ladder;
mod place;

use crate::arguments::{AwsArguments, FromArguments};
use crate::failure::Failure;
use crate::{lines, output, source};
use clap::Args;
use ecswhy_facts::{Redaction, Snapshot};
use ecswhy_network::{Answer, Flow, LINUX_CLIENT_PORTS, Model, Protocol, Question};
use ecswhy_report::Format;
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  ecswhy reach prod/web ecr.api
  ecswhy reach prod/web s3 --from snapshot.json
  ecswhy reach subnet-0aa11bb22 10.0.3.17:5432 --security-groups sg-0f00
  ecswhy reach i-0123456789abcdef0 eni-0a1b2c3d:8080
  ecswhy reach eni-0a1b2c3d 10.0.0.2:53 --protocol udp --from DIR
  ecswhy reach --lines --from DIR < requests.jsonl

A line of --lines is a JSON object:
  {\"from\":\"i-...|eni-...|subnet-...\", \"to\":\"IP address or eni-...\", \"port\":443,
   \"protocol\":\"tcp|udp|icmp|any\", \"source_ip\":..., \"security_groups\":[...],
   \"public_ip\":true}";

/// Arguments of `reach`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// SERVICE, CLUSTER/SERVICE, ARN of a service or task, eni-..., i-..., or subnet-... (any address of it)
    #[arg(required_unless_present = "lines", conflicts_with = "lines")]
    source: Option<String>,
    /// IP address, eni-..., i-..., host name, or AWS service such as ecr.api or s3; port 443 unless given
    #[arg(value_name = "DEST[:PORT]", required_unless_present = "lines", conflicts_with = "lines")]
    destination: Option<String>,
    /// tcp, udp or icmp
    #[arg(long, value_name = "PROTOCOL", default_value = "tcp", value_parser = ["tcp", "udp", "icmp"], conflicts_with = "lines")]
    protocol: String,
    /// Security groups of the source, instead of its own or the VPC's default one; for eni-, i- and subnet-
    #[arg(long, value_name = "ID", value_delimiter = ',', num_args = 1.., conflicts_with = "lines")]
    security_groups: Vec<String>,
    /// The source has a public IPv4 address; for subnet-
    #[arg(long, conflicts_with = "lines")]
    public_ip: bool,
    #[command(flatten)]
    from: FromArguments,
    /// text, for people; or json, for programs: the answer and its trace
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = crate::arguments::format)]
    format: Format,
    /// Read one request per line from standard input and answer each with one line
    #[arg(long)]
    lines: bool,
    #[command(flatten)]
    aws: AwsArguments,
}

/// One answer with the names of its ends.
struct Told {
    from: String,
    answer: Answer,
}

/// Runs `reach`.
///
/// # Errors
/// When the facts cannot be read or do not hold the source.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let json = arguments.format == Format::Json;
    if arguments.lines {
        let model = model(&read(arguments)?);
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
    let start = place::Start::read(from, &arguments.security_groups, arguments.public_ip)?;
    let snapshot = source::gather_path(
        start.wanted()?.as_ref(),
        &place::ends(from, to),
        &arguments.from,
        &arguments.aws,
    )?;
    if arguments.from.from.is_none() {
        place::require(&snapshot, from, to)?;
    }
    let (destination, port) = place::destination(&snapshot, to)?;
    let (protocol, port) = match arguments.protocol.as_str() {
        "udp" => (Protocol::UDP, port),
        "icmp" => (Protocol::ICMP, 0),
        _ => (Protocol::TCP, port),
    };
    let flow = Flow { protocol, port, client_ports: LINUX_CLIENT_PORTS };
    let to = place::name(&destination, &flow);
    let model = model(&snapshot);
    let mut told = Vec::new();
    for (from, origin) in start.origins(&snapshot)? {
        let question = Question {
            origin,
            destination: destination.clone(),
            flow: flow.clone(),
            target_must_be_known: true,
        };
        told.push(Told { from, answer: model.reach(&question) });
    }
    let text =
        if json { as_json(&told) } else { ladder::text(&told, &to, &output::look(false, false)) };
    output::write(&text, None)?;
    Ok(0)
}

fn read(arguments: &Arguments) -> Result<Snapshot, Failure> {
    let path = arguments
        .from
        .from
        .as_deref()
        .ok_or_else(|| Failure::new("--lines answers from files: give --from FILE|DIR"))?;
    source::read(path, if arguments.from.no_redact { Redaction::Off } else { Redaction::On })
}

/// Packets cross accounts and regions: their facts are merged by id.
fn model(snapshot: &Snapshot) -> Model {
    Model::new(snapshot.facts.values().map(|facts| &facts.ec2))
}

fn as_json(told: &[Told]) -> String {
    let mut text = String::new();
    for Told { from, answer } in told {
        let line = serde_json::json!({
            "source": from,
            "answer": answer.verdict.word(),
            "trace": answer.path,
            "alternatives": answer.alternatives,
        });
        let _ = writeln!(text, "{line}");
    }
    text
}
