//! Nearest names, for "unknown service" errors.

/// The candidate that was most likely meant: the one with the fewest edits, if they are few for its length.
/// Ties go to the first in alphabetical order. Case does not count as an edit.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(256).collect();
    let best = candidates
        .into_iter()
        .map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().take(256).collect();
            (distance(&wanted, &letters), candidate)
        })
        .min()?;
    let longest = wanted.len().max(best.1.chars().count());
    let contained = wanted.len() >= 3 && best.1.to_lowercase().contains(&name.to_lowercase());
    (best.0 * 3 <= longest || contained).then_some(best.1)
}

/// Edits to turn one text into the other: insert, delete, replace a letter, swap two neighbours
/// (optimal string alignment).
fn distance(one: &[char], two: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=two.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in two.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut edits = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *a == two[column - 1] && one[row - 1] == *b;
            if swapped {
                edits = edits.min(before_last[column - 1] + 1);
            }
            current.push(edits);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let services = ["api", "api-worker", "checkout", "frontend"];
        for (typed, expected) in [
            ("chekcout", Some("checkout")),
            ("Frontend", Some("frontend")),
            ("frontned", Some("frontend")),
            ("apii", Some("api")),
            ("worker", Some("api-worker")),
            ("payments", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, services), expected, "{typed}");
        }
        assert_eq!(nearest("api", []), None);
    }
}
