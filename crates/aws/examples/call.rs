//! Makes calls of the table, one per line of standard input: `{"service": "ecs",
//! "operation": "ListClusters", "region": "us-east-1", "params": {}, "all": true}`;
//! prints one line of JSON for each: `{"ok": answer}` or `{"error": kind, "text"}`.
//! `gen/compare.py` holds it against boto3 on an emulated account.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::io::{BufRead as _, stdin};

use ecswhy_aws::{Client, Settings, operations};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::connect(Settings::default(), None).await;
    for line in stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let Some(operation) = operations::find(text("service"), text("operation")) else {
            println!("{}", json!({"error": "unknown", "text": line_name(&request)}));
            continue;
        };
        let region = request["region"].as_str();
        let params = request["params"].clone();
        let result = if request["all"] == true {
            client.call_all(operation, region, params).await
        } else {
            client.call(operation, region, params).await
        };
        match result {
            Ok(answer) => println!("{}", json!({"ok": answer})),
            Err(error) => println!("{}", json!({"error": error.kind(), "text": error.to_string()})),
        }
    }
    Ok(())
}

fn line_name(request: &Value) -> String {
    format!("{} {}", request["service"], request["operation"])
}
