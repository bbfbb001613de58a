//! A server of scripted answers on loopback, and clients that speak to it.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; the exception in clippy.toml covers test functions only"
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use ecswhy_aws::{Client, Settings};

/// One scripted answer.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
    /// Wait before the answer.
    pub delay: Duration,
    /// Close the connection after this many bytes of the body.
    pub cut_at: Option<usize>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }
}

/// A running server; it ends with the process.
pub struct Stub {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers the n-th request (from 0) with `script(n, request)`.
    pub fn start(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, script) = (seen.clone(), script.clone());
                std::thread::spawn(move || answer(stream, &seen, script.as_ref()));
            }
        });
        Self { url, requests }
    }

    /// The same answer to every request.
    pub fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone())
    }

    /// Head and body of every request so far, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    script: &dyn Fn(usize, &str) -> Reply,
) -> Option<()> {
    let mut data = Vec::new();
    let mut buffer = [0; 4096];
    let request = loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        data.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&data).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                break text;
            }
        }
    };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    let reply = script(number, &request);
    std::thread::sleep(reply.delay);
    let head = format!(
        "HTTP/1.1 {} X\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
        reply.status,
        reply.body.len(),
        reply.headers
    );
    let end = reply.cut_at.unwrap_or(reply.body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&reply.body[..end]).ok()
}

/// A configuration that points at `url`, with keys, in us-east-1.
pub fn config(url: &str) -> SdkConfig {
    let keys = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build()
}

/// Limits short enough for tests.
pub fn settings() -> Settings {
    Settings {
        attempt_timeout: Duration::from_millis(1500),
        call_timeout: Duration::from_secs(10),
        optional_timeout: Duration::from_millis(300),
        max_response_bytes: 100_000,
        ..Settings::default()
    }
}

/// A client of the stub.
pub fn client(stub: &Stub) -> Client {
    Client::from_config(config(&stub.url), settings(), None)
}
