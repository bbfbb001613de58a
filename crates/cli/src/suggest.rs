//! The nearest names to one that does not exist.

/// `; did you mean a, b or c?`, or nothing where no name is near.
pub fn hint<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    match nearest(wanted, names).as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [most @ .., last] => format!("; did you mean {} or {last}?", most.join(", ")),
    }
}

/// Up to three names that are near: a few letters apart, or one within the other.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let wanted = wanted.to_ascii_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_ascii_lowercase();
            let apart = distance(&wanted, &lower);
            let within = wanted.len() >= 3
                && lower.len() >= 3
                && (lower.contains(&wanted) || wanted.contains(&lower));
            let limit = (wanted.chars().count() / 3).max(1);
            (apart <= limit || within).then_some((apart, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Letters to change, add or remove (Levenshtein). Texts are cut, so that the work is bounded.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 128;
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(LONGEST).collect(), b.chars().take(LONGEST).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let names = ["web", "web-worker", "api", "checkout"];
        for (wanted, expected) in [
            ("wbe", ""),
            ("wep", "; did you mean web?"),
            ("worker", "; did you mean web-worker?"),
            ("WEB", "; did you mean web or web-worker?"),
            ("chekout", "; did you mean checkout?"),
            ("zzzzzz", ""),
        ] {
            assert_eq!(hint(wanted, names), expected, "{wanted}");
        }
    }
}
