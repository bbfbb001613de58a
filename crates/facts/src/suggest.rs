//! The nearest names to one that does not exist.

/// Longer names are compared by their beginnings, so that the work is bounded.
const LONGEST: usize = 256;
/// More names than this do not help.
const MOST: usize = 3;

/// `; did you mean a, b or c?`, or nothing where no name is near.
pub fn hint<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    match nearest(wanted, names).as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [most @ .., last] => format!("; did you mean {} or {last}?", most.join(", ")),
    }
}

/// Up to three names that are near, the nearest first: a few edits apart for their length, or one within the other.
/// Case does not count as an edit.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let lower = wanted.to_lowercase();
    let letters: Vec<char> = lower.chars().take(LONGEST).collect();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let other = name.to_lowercase();
            let apart = distance(&letters, &other.chars().take(LONGEST).collect::<Vec<_>>());
            let within = lower.len() >= 3
                && other.len() >= 3
                && (other.contains(&lower) || lower.contains(&other));
            let limit = (letters.len() / 3).max(1);
            (!lower.is_empty() && (apart <= limit || within)).then_some((apart, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
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
    fn near_names_are_offered_and_far_ones_are_not() {
        let names = ["web", "web-worker", "api", "checkout", "frontend"];
        for (wanted, expected) in [
            ("wbe", "; did you mean web?"),
            ("wep", "; did you mean web?"),
            ("worker", "; did you mean web-worker?"),
            ("WEB", "; did you mean web or web-worker?"),
            ("chekcout", "; did you mean checkout?"),
            ("Frontned", "; did you mean frontend?"),
            ("zzzzzz", ""),
            ("", ""),
        ] {
            assert_eq!(hint(wanted, names), expected, "{wanted}");
        }
        assert_eq!(hint("api", []), "");
    }
}
