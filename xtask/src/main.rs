//! Maintenance of the project: test, gen, lab, bench.

fn main() {}
