//! The line protocols: one line of input, one line of output, in order. Knows nothing of what the lines say.

use crate::failure::Failure;
use crate::output::no_reader_is_fine;
use std::io::{BufRead, BufReader, Read, Write};

/// Longer lines are refused unread.
const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// Fewer lines than this are not worth a second thread.
const WORTH_A_THREAD: usize = 64;
/// As many lines as are answered at once.
const MOST_AT_ONCE: usize = 8192;

/// Answers every line of `input`. `worker` makes one answerer for each thread, which may keep what it has learned.
/// A line that has no answer prints `error: ...`, and the run goes on; the result is then 2, otherwise 0.
///
/// # Errors
/// When input cannot be read or output not be written.
pub fn answer<A>(
    input: impl Read,
    mut output: impl Write,
    worker: impl Fn() -> A,
) -> Result<u8, Failure>
where
    A: FnMut(&str) -> Result<String, String> + Send,
{
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut workers: Vec<A> = (0..threads).map(|_| worker()).collect();
    let mut input = BufReader::with_capacity(1 << 20, input);
    let mut bad = false;
    loop {
        let batch = batch(&mut input)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
        if batch.is_empty() {
            return Ok(if bad { 2 } else { 0 });
        }
        let answers = answer_batch(&batch, &mut workers);
        for (text, failed) in &answers {
            bad |= failed;
            if let Err(error) = output.write_all(text.as_bytes()) {
                return no_reader_is_fine(Err(error)).map(|()| 0);
            }
        }
        no_reader_is_fine(output.flush())?;
    }
}

type Line = Result<String, String>;

/// The lines that are there without waiting, at least one, or none at the end.
fn batch(input: &mut BufReader<impl Read>) -> std::io::Result<Vec<Line>> {
    let mut lines = Vec::new();
    loop {
        match line(input)? {
            None => return Ok(lines),
            Some(line) => lines.push(line),
        }
        // Someone may wait for this answer before the next line is written.
        if lines.len() >= MOST_AT_ONCE || !input.buffer().contains(&b'\n') {
            return Ok(lines);
        }
    }
}

fn line(input: &mut BufReader<impl Read>) -> std::io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let read = input.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    } else if read == LONGEST_LINE {
        skip_line(input)?;
        return Ok(Some(Err(format!("the line is longer than {LONGEST_LINE} bytes"))));
    }
    Ok(Some(String::from_utf8(bytes).map_err(|_| "the line is not UTF-8 text".to_owned())))
}

fn skip_line(input: &mut BufReader<impl Read>) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, done) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn answer_batch<A>(batch: &[Line], workers: &mut [A]) -> Vec<(String, bool)>
where
    A: FnMut(&str) -> Result<String, String> + Send,
{
    let share = batch.len().div_ceil(workers.len()).max(WORTH_A_THREAD);
    if batch.len() <= share {
        return workers.first_mut().map(|worker| answer_share(batch, worker)).into_iter().collect();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = batch
            .chunks(share)
            .zip(workers.iter_mut())
            .map(|(share, worker)| scope.spawn(move || answer_share(share, worker)))
            .collect();
        running
            .into_iter()
            .zip(batch.chunks(share))
            .map(|(thread, share)| {
                thread.join().unwrap_or_else(|_| {
                    ("error: this line could not be judged\n".repeat(share.len()), true)
                })
            })
            .collect()
    })
}

fn answer_share<A>(lines: &[Line], worker: &mut A) -> (String, bool)
where
    A: FnMut(&str) -> Result<String, String>,
{
    let mut text = String::new();
    let mut bad = false;
    for line in lines {
        let answer = line.as_ref().map_err(String::clone).and_then(|line| worker(line));
        match answer {
            Ok(answer) => text.push_str(&answer),
            Err(error) => {
                bad = true;
                text.push_str("error: ");
                text.push_str(&ecswhy_report::clean(&error));
            }
        }
        text.push('\n');
    }
    (text, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &[u8]) -> (String, u8) {
        let mut output = Vec::new();
        let worker = || {
            |line: &str| match line {
                "" => Err("empty\nline".to_owned()),
                line => Ok(line.to_uppercase()),
            }
        };
        let status = answer(input, &mut output, worker).unwrap();
        (String::from_utf8(output).unwrap(), status)
    }

    #[test]
    fn each_line_has_one_answer_in_order() {
        assert_eq!(run(b"a\nb\r\nc"), ("A\nB\nC\n".to_owned(), 0));
        assert_eq!(run(b""), (String::new(), 0));
        let many: String = (0..50_000).map(|number| format!("line {number}\n")).collect();
        assert_eq!(run(many.as_bytes()), (many.to_uppercase(), 0));
    }

    #[test]
    fn a_bad_line_is_told_and_the_run_goes_on() {
        assert_eq!(run(b"a\n\nb\n"), ("A\nerror: empty line\nB\n".to_owned(), 2));
        assert_eq!(run(b"\xff\xfe\nb\n"), ("error: the line is not UTF-8 text\nB\n".to_owned(), 2));
        let mut long = vec![b'x'; LONGEST_LINE + 5];
        long.extend(b"\nb\n");
        let (text, status) = run(&long);
        assert_eq!(status, 2);
        assert!(text.starts_with("error: the line is longer than"));
        assert!(text.ends_with("\nB\n"));
    }
}
