//! The binary without an account: line protocols, explanations, bad input.
#![expect(clippy::unwrap_used, reason = "a test that cannot run the binary fails")]

use std::io::Write;
use std::process::{Command, Stdio};

/// Standard output, standard error, exit status.
fn run(arguments: &[&str], input: &str) -> (String, String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecswhy"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn a_bad_line_is_an_error_in_its_place_and_the_run_goes_on() {
    let good = r#"{"request":{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","principal":"arn:aws:iam::111122223333:role/r"}}"#;
    let (out, _, status) = run(&["can", "--lines"], &format!("{good}\nnonsense\n{good}\n"));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[2], status),
        (3, "ImplicitlyDenied", "ImplicitlyDenied", 2)
    );
    assert!(lines[1].starts_with("error: "), "{}", lines[1]);
}

#[test]
fn a_message_is_explained_with_what_it_names() {
    let message = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: \
                   unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed \
                   caused by: Post \"https://api.ecr.eu-west-3.amazonaws.com/\": dial tcp 203.0.113.7:443: i/o timeout";
    let (out, _, status) = run(&["explain", message], "");
    assert_eq!(status, 0);
    for wanted in
        ["host: api.ecr.eu-west-3.amazonaws.com", "registry-unreachable", "## What it means"]
    {
        assert!(out.lines().any(|line| line.contains(wanted)), "{wanted} in {out}");
    }
}

#[test]
fn a_finding_is_explained_by_its_id() {
    let (out, _, status) = run(&["explain", "image/tag-missing"], "");
    assert_eq!((out.lines().next(), status), (Some("image/tag-missing"), 0));
}

#[test]
fn what_cannot_be_read_is_named_in_one_sentence() {
    for (arguments, wanted) in [
        (vec!["diagnose", "--from", "no-such-file.json"], "no-such-file.json"),
        (vec!["diagnose", "--from", "Cargo.toml"], "Cargo.toml is not a snapshot of ecswhy"),
        (vec!["diagnose", "arn:aws:s3:::bucket"], "names neither an ECS service nor a task"),
        (vec!["reach", "--lines", "--from", "src"], "holds no output of an EC2 describe command"),
    ] {
        let (_, err, status) = run(&arguments, "");
        assert!(
            err.starts_with("ecswhy: ") && err.contains(wanted) && err.lines().count() == 1,
            "{err}"
        );
        assert_eq!(status, 2);
    }
}
