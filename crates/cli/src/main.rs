//! The `ecswhy` command line.

fn main() {}
