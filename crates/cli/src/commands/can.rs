//! `ecswhy can --lines`: would IAM allow it?

use crate::failure::Failure;
use crate::lines;

/// `can`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Read one request with its policies per line, as JSON, and print one verdict per line
    #[arg(long, required = true)]
    lines: bool,
    /// `text` prints a word, `json` the decision with its trace
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let json = arguments.format == "json";
    let session = std::cell::RefCell::new(ecswhy_iam::lines::Session::new());
    lines::answer_all(|line| session.borrow_mut().answer(line, json))
}
