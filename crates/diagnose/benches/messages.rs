//! How many messages a second the reader takes, and what its first message costs.

use divan::{Bencher, counter::ItemsCount};
use ecswhy_diagnose::messages::lines;

fn main() {
    divan::main();
}

/// Every labelled message of the tests, through the line protocol.
#[divan::bench]
fn labelled_messages(bencher: Bencher<'_, '_>) {
    let files = [
        include_str!("../tests/messages/corpus.jsonl"),
        include_str!("../tests/messages/pull.jsonl"),
        include_str!("../tests/messages/secrets.jsonl"),
    ];
    let lines: Vec<&str> = files.iter().flat_map(|file| file.lines()).collect();
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench(|| lines.iter().filter(|line| lines::answer(line).is_ok()).count());
}

/// Log lines that say nothing of ECS.
#[divan::bench]
fn unrelated_lines(bencher: Bencher<'_, '_>) {
    let lines: Vec<&str> = include_str!("../tests/messages/unrelated.txt").lines().collect();
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench(|| lines.iter().filter(|line| lines::answer(line).is_ok()).count());
}
