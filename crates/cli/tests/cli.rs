//! The binary, run as a person or a script runs it: exit status, standard output, one sentence on standard error.
#![expect(clippy::unwrap_used, reason = "a test that cannot run its own binary fails")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecswhy"))
        .args(arguments)
        .env_clear()
        // No configuration, no metadata service: nothing here may reach out.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that fails early closes its end.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn snapshot(targets: &str, services: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        r#"{{"snapshot_version":1,"taken_at":"2026-03-12T14:05:00Z","account":"111122223333","region":"eu-west-1",
            "targets":[{targets}],"facts":{{"111122223333/eu-west-1":{{"ecs":{{"services":{{{services}}}}}}}}}}}"#
    )
    .unwrap();
    file
}

const WEB: &str = r#""prod/web":{"present":{"serviceName":"web","status":"ACTIVE","desiredCount":2,"runningCount":0,"deployments":[]}}"#;
const API: &str = r#""test/web":{"present":{"serviceName":"web","status":"ACTIVE","desiredCount":0,"runningCount":0,"deployments":[]}}"#;

#[test]
fn help_reads_well() {
    for command in ["", "diagnose", "explain", "demo", "can", "reach", "snapshot"] {
        let arguments: Vec<&str> =
            [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let output = run(&arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{command}");
        insta::assert_snapshot!(format!("help_{command}"), text(&output.stdout));
    }
}

#[test]
fn bad_input_is_status_2_and_one_sentence() {
    let one = snapshot("", WEB);
    let two = snapshot("", &format!("{WEB},{API}"));
    let (one, two) = (one.path().to_str().unwrap(), two.path().to_str().unwrap());
    let hollow = snapshot(r#"{"kind":"service","cluster":"prod","service":"web"}"#, API);
    let hollow = hollow.path().to_str().unwrap();
    let mut damaged = tempfile::NamedTempFile::new().unwrap();
    write!(damaged, "{{\"snapshot_version\": 1, \"taken_at\":").unwrap();
    let mut newer = tempfile::NamedTempFile::new().unwrap();
    write!(newer, "{{\"snapshot_version\": 99}}").unwrap();
    let mut foreign = tempfile::NamedTempFile::new().unwrap();
    write!(foreign, "{{\"services\": []}}").unwrap();
    let mut deep = tempfile::NamedTempFile::new().unwrap();
    write!(deep, "{{\"snapshot_version\": 1, \"facts\": {}", "[".repeat(200_000)).unwrap();
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
    let cases: &[(&[&str], &str)] = &[
        (&["diagnose", "--from", "/nowhere.json"], "cannot read /nowhere.json: it does not exist"),
        (&["diagnose", "--from", &path(&damaged)], "not JSON that can be read"),
        (&["diagnose", "--from", &path(&deep)], "recursion limit exceeded"),
        (&["diagnose", "--from", &path(&newer)], "use a newer ecswhy"),
        (&["diagnose", "--from", &path(&foreign)], "the output of `aws ecs describe-services`"),
        (&["diagnose", "--from", hollow], "hold nothing about prod/web: collect them anew"),
        (&["diagnose", "webb", "--from", one], "no service webb; did you mean web?"),
        (&["diagnose", "prd/web", "--from", one], "no cluster prd; did you mean prod?"),
        (&["diagnose", "web", "--from", two], "give prod/web or test/web"),
        (&["diagnose", "a/b/c", "--from", one], "`a/b/c` is no target"),
        (&["diagnose", "arn:aws:s3:::bucket", "--from", one], "is not the ARN of an ECS"),
        (
            &["diagnose", "arn:aws:ecs:us-east-1:111122223333:service/prod/web", "--from", one],
            "the target is in region us-east-1, but these facts are of region eu-west-1",
        ),
        (
            &["diagnose", "--from", one, "--output", "/nowhere/x"],
            "/nowhere/x: its folder does not exist",
        ),
        (&["explain", "image/tag-mising"], "did you mean image/tag-missing?"),
        (&["explain", "image-notfound"], "did you mean image-not-found?"),
        (&["demo", "no-such-demo"], "there is no demo no-such-demo"),
        (&["can", "role", "GetObject", "*"], "is not of the form service:Action"),
        (&["can", "role", "s3:GetObject", "bucket"], "is neither an ARN of six parts"),
        (&["can", "rol", "s3:GetObject", "*", "--from", one], "these facts hold no role rol"),
        (&["reach", "--lines"], "--lines answers from files: give --from FILE|DIR"),
        (&["reach", "prod/web", "s3", "--public-ip", "--from", one], "a service has its own"),
        (&["reach", "eni-1", "subnet-1", "--from", one], "is no address"),
        (
            &["reach", "prod/wbe", "s3", "--from", one],
            "hold no service wbe of the cluster prod; did you mean web?",
        ),
        (
            &["reach", "--lines", "--from", "src"],
            "src: no file here is the JSON output of an AWS CLI command",
        ),
        (&["diagnose", "--from", "Cargo.toml"], "Cargo.toml: not JSON that can be read"),
        (&["man", "diagnos"], "did you mean diagnose?"),
    ];
    for (arguments, sentence) in cases {
        let output = run(arguments, b"");
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("ecswhy: ") && told.contains(sentence), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// Arguments, environment, and what is told.
type Refused<'t> = (&'t [&'t str], &'t [(&'t str, &'t str)], &'t str);

/// Nothing here is sent: the credentials are looked for first.
#[cfg(feature = "live")]
#[test]
fn what_is_wrong_with_the_configuration_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let sound = write(
        "config",
        "[profile sso]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n\
         sso_account_id = 111122223333\nsso_role_name = r\n\
         [profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n\
         [profile process]\ncredential_process = /bin/false\n",
    );
    let broken = write("broken", "[profile x]\nregion\n");
    let legacy = write("legacy", "[default]\nretry_mode = legacy\nmax_attempts = many\n");
    let keys = [("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let cases: &[Refused<'_>] = &[
        (&[], &[], "no AWS credentials were found; log in"),
        (&[], &[("AWS_PROFILE", "nope")], "the profile nope is not in the AWS configuration"),
        // A profile that is named stands above keys in the environment.
        (&["--profile", "nope"], &keys, "the profile nope is not in the AWS configuration"),
        (&["--profile", "role"], &keys, "the profile base, the source_profile of role, is not"),
        (&["--profile", "sso"], &[], "log in with `aws sso login --profile sso`"),
        (&["--profile", "process"], &[], "external process exited with code exit status: 1"),
        (&["--profile", "x"], &[("AWS_CONFIG_FILE", &broken)], "cannot be read: error parsing"),
        (&["--region", "us east"], &keys, "\"us east\" is not a region"),
        (&["--region", ""], &keys, "no region is set"),
        (&["--endpoint-url", "127.0.0.1:1"], &keys, "write http://HOST:PORT or https://HOST"),
        (&["--endpoint-url", "http://127.0.0.1:1"], &keys, "cannot reach AWS: http://127.0.0.1:1"),
        (
            &["--endpoint-url", "http://127.0.0.1:1", "--profile", "nope"],
            &[
                ("AWS_CONFIG_FILE", &legacy),
                ("AWS_MAX_ATTEMPTS", "0"),
                ("AWS_RETRY_MODE", "legacy"),
            ],
            "the profile nope is not in",
        ),
    ];
    for (arguments, environment, sentence) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_ecswhy"))
            .args(["diagnose", "prod/web"])
            .args(*arguments)
            .env_clear()
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", "")
            .env("AWS_CONFIG_FILE", &sound)
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"))
            .env("HOME", folder.path())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {environment:?}: {told}");
        assert!(told.starts_with("ecswhy: ") && told.contains(sentence), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn usage_errors_are_status_2() {
    for arguments in [
        &["diagnose", "--format", "pdf"] as &[&str],
        &["diagnose", "--no-such-flag"],
        &["no-such-command"],
        &[],
        &["can"],
        &["reach", "one"],
        &["snapshot"],
        &["diagnose", "--from", "x", "--region", "eu-west-1"],
    ] {
        assert_eq!(run(arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_saved_snapshot_is_diagnosed_and_its_status_is_the_exit_status() {
    let file = snapshot(r#"{"kind":"service","cluster":"prod","service":"web"}"#, WEB);
    let path = file.path().to_str().unwrap();
    let output = run(&["diagnose", "--from", path, "--format", "json"], b"");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = match report["reports"][0]["status"].as_str().unwrap() {
        "healthy" | "deploying" => 0,
        "at-risk" | "failing" => 1,
        _ => 3,
    };
    assert_eq!(output.status.code(), Some(expected));
    assert_eq!(report["schema_version"], 1);
}

#[test]
fn no_unsteady_service_is_an_empty_report() {
    let output = run(
        &["diagnose", "--from", snapshot("", "").path().to_str().unwrap(), "--format", "json"],
        b"",
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(report["reports"], serde_json::json!([]));
}

#[test]
fn output_goes_to_a_file_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    let facts = snapshot("", "");
    let facts = facts.path().to_str().unwrap();
    let output = run(&["diagnose", "--from", facts, "--output", path.to_str().unwrap()], b"");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert!(std::fs::read_to_string(path).unwrap().starts_with("Nothing to diagnose"));
}

#[test]
fn a_message_is_explained_from_the_command_line_and_from_standard_input() {
    let message = "CannotPullContainerError: pull access denied for team/app, repository does not exist or may require 'docker login'";
    let given = run(&["explain", message], b"");
    let piped = run(&["explain", "-"], message.as_bytes());
    assert_eq!(given.status.code(), Some(0));
    assert_eq!(text(&given.stdout), text(&piped.stdout));
    insta::assert_snapshot!("explain_message", text(&given.stdout));
}

#[test]
fn codes_are_explained() {
    for code in ["image/tag-missing", "registry-unreachable"] {
        let output = run(&["explain", code], b"");
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!(
            format!("explain_{}", code.replace('/', "_")),
            text(&output.stdout)
        );
    }
}

#[test]
fn line_protocols_answer_each_line_and_end_with_status_2_after_a_bad_one() {
    let allow = r#"{"identityPolicies":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}],"request":{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","principal":"arn:aws:iam::111122223333:role/r"}}"#;
    let input = format!("{allow}\nnonsense\n{allow}\n");
    let output = run(&["can", "--lines"], input.as_bytes());
    let lines = text(&output.stdout);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!((lines[0], lines[2], lines.len()), ("Allowed", "Allowed", 3));
    assert!(lines[1].starts_with("error: "), "{}", lines[1]);

    let output = run(
        &["explain", "--format", "json", "--lines"],
        b"OutOfMemoryError: Container killed due to memory usage\nhello\n",
    );
    assert_eq!(output.status.code(), Some(0));
    let symptoms: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["symptom"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(symptoms, ["out-of-memory", "unknown"]);

    let facts = snapshot("", "");
    let output = run(
        &["reach", "--lines", "--from", facts.path().to_str().unwrap()],
        b"{\"from\":\"subnet-1\",\"to\":\"10.0.0.1\",\"port\":443}\n{}\n",
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout).lines().count(), 2);
}

/// The city of the network crate's cases, as a folder of AWS CLI outputs.
fn city() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/../network/tests/cases/city.json");
    std::fs::copy(city, folder.path().join("all-tgw-rtb-1.json")).unwrap();
    folder
}

#[test]
fn reach_tells_the_path_as_a_ladder() {
    let folder = city();
    let from = folder.path().to_str().unwrap();
    for (name, arguments) in [
        ("reachable", ["eni-app", "8.8.8.8"]),
        ("blocked", ["subnet-c-app+sg-c", "eni-db:5432"]),
        ("undetermined", ["subnet-a-app+sg-gone", "10.0.0.10"]),
    ] {
        let output = run(&[&["reach"], &arguments[..], &["--from", from]].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        insta::assert_snapshot!(format!("reach_{name}"), text(&output.stdout));
    }
    let json =
        run(&["reach", "eni-app", "10.0.2.10:5432", "--format", "json", "--from", from], b"");
    let answer: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(answer["answer"], "reachable");
    assert_eq!(answer["trace"]["hops"][0]["kind"], "source");
}

/// The commands that the help names.
fn commands() -> Vec<String> {
    let help = text(&run(&["--help"], b"").stdout);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn completions_and_manual_pages_are_written() {
    assert!(commands().len() >= 9, "{:?}", commands());
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = text(&run(&["completions", shell], b"").stdout);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
    }
    let page = text(&run(&["man"], b"").stdout);
    for command in commands() {
        assert!(page.contains(&command.replace('-', "\\-")), "{command}");
        let own = text(&run(&["man", &command], b"").stdout);
        assert!(own.contains(".TH") && own.contains("SYNOPSIS"), "{command}: {own}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ecswhy"))
        .args(["explain", "--lines"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(&b"hello\n".repeat(100_000));
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
}
