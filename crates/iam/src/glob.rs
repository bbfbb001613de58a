//! Matching with `*` (any characters) and `?` (one character), in linear time for literal pieces.
//!
//! The greedy leftmost match of the pieces between stars is enough for such patterns: no backtracking, so
//! no pattern can make it exponential. A long piece with `?` inside is looked for with one bit for each of its
//! characters (the Shift-And algorithm), so that none makes it quadratic either.

use std::collections::BTreeMap;

/// One element of a pattern before it is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Literal text.
    Text(String),
    /// `?`.
    One,
    /// `*`.
    Star,
}

/// One element of a compiled pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any characters, or none.
    Star,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// The pieces between stars; the first is anchored at the start, the last at the end.
    pieces: Vec<Piece>,
    /// The fewest bytes that a matching text has.
    min_len: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Literal text, maybe empty.
    Text(Box<str>),
    /// Text in which `None` stands for one arbitrary character.
    Holes(Box<[Option<char>]>, Option<Bits>),
}

/// A piece with holes as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bits {
    /// For each character, the positions where it may stand; holes included.
    of: BTreeMap<char, Box<[u64]>>,
    /// The positions of the holes.
    holes: Box<[u64]>,
    len: usize,
}

/// The shortest piece with holes for which bits pay.
const WORTH_BITS: usize = 9;

impl Bits {
    fn new(chars: &[Option<char>]) -> Self {
        let mut holes = vec![0_u64; chars.len().div_ceil(64)];
        let set = |words: &mut [u64], at: usize| {
            if let Some(word) = words.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
        };
        for (at, _) in chars.iter().enumerate().filter(|(_, c)| c.is_none()) {
            set(&mut holes, at);
        }
        let mut of: BTreeMap<char, Box<[u64]>> = BTreeMap::new();
        for (at, c) in chars.iter().enumerate().filter_map(|(at, c)| Some((at, (*c)?))) {
            set(of.entry(c).or_insert_with(|| holes.clone().into()), at);
        }
        Self { of, holes: holes.into(), len: chars.len() }
    }

    /// The text after the leftmost occurrence.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut state = vec![0_u64; self.holes.len()];
        let last = (self.len - 1) / 64;
        let end = 1_u64 << ((self.len - 1) % 64);
        for (at, c) in text.char_indices() {
            let mask = self.of.get(&c).unwrap_or(&self.holes);
            let mut carry = 1;
            for (word, mask) in state.iter_mut().zip(mask.iter()) {
                let next = *word >> 63;
                *word = ((*word << 1) | carry) & mask;
                carry = next;
            }
            if state.get(last).is_some_and(|word| word & end != 0) {
                return text.get(at + c.len_utf8()..);
            }
        }
        None
    }
}

impl Glob {
    /// Compiles a pattern in which `*` and `?` are wildcards.
    pub fn new(pattern: &str) -> Self {
        Self::from_tokens(&tokens(pattern))
    }

    /// Compiles a pattern of tokens, whose literal text may hold `*` and `?` as ordinary characters.
    pub fn from_tokens(tokens: &[Token]) -> Self {
        let mut pieces = Vec::new();
        let mut current: Vec<Option<char>> = Vec::new();
        let mut after_star = false;
        for token in tokens {
            match token {
                Token::Text(text) => current.extend(text.chars().map(Some)),
                Token::One => current.push(None),
                // A run of stars is one star.
                Token::Star if after_star && current.is_empty() => {}
                Token::Star => {
                    pieces.push(Piece::new(&current));
                    current.clear();
                    after_star = true;
                }
            }
        }
        pieces.push(Piece::new(&current));
        let min_len = pieces.iter().map(Piece::min_len).sum();
        Self { pieces, min_len }
    }

    /// Whether the pattern is a lone `*`.
    pub fn is_any(&self) -> bool {
        self.min_len == 0 && self.pieces.len() == 2
    }

    /// The text that the pattern equals, when it has no wildcard.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The literal text before the first wildcard.
    pub fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// The pattern, character by character.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                steps.push(Step::Star);
            }
            match piece {
                Piece::Text(text) => steps.extend(text.chars().map(Step::Char)),
                Piece::Holes(chars, _) => {
                    steps.extend(chars.iter().map(|c| c.map_or(Step::One, Step::Char)));
                }
            }
        }
        steps
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        if text.len() < self.min_len {
            return false;
        }
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return match self.pieces.first() {
                Some(Piece::Text(only)) => **only == *text,
                Some(only) => only.strip_prefix(text).is_some_and(str::is_empty),
                None => text.is_empty(),
            };
        };
        let Some(rest) = first.strip_prefix(text) else { return false };
        let Some(mut rest) = last.strip_suffix(rest) else { return false };
        for piece in middle {
            match piece.find(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl Piece {
    fn new(chars: &[Option<char>]) -> Self {
        match chars.iter().copied().collect::<Option<String>>() {
            Some(text) => Self::Text(text.into()),
            None => {
                let bits = (chars.len() >= WORTH_BITS).then(|| Bits::new(chars));
                Self::Holes(chars.into(), bits)
            }
        }
    }

    fn min_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Holes(chars, _) => chars.iter().map(|c| c.map_or(1, char::len_utf8)).sum(),
        }
    }

    fn strip_prefix<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_prefix(&**piece),
            Self::Holes(piece, _) => {
                let mut rest = text.chars();
                for wanted in piece {
                    let found = rest.next()?;
                    if wanted.is_some_and(|w| w != found) {
                        return None;
                    }
                }
                Some(rest.as_str())
            }
        }
    }

    fn strip_suffix<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_suffix(&**piece),
            Self::Holes(piece, _) => {
                let mut rest = text.chars();
                for wanted in piece.iter().rev() {
                    let found = rest.next_back()?;
                    if wanted.is_some_and(|w| w != found) {
                        return None;
                    }
                }
                Some(rest.as_str())
            }
        }
    }

    /// The text after the leftmost occurrence.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.find(&**piece).and_then(|at| text.get(at + piece.len()..)),
            Self::Holes(_, Some(bits)) => bits.find(text),
            Self::Holes(_, None) => {
                let last_start = text.len().checked_sub(self.min_len())?;
                text.char_indices()
                    .map(|(at, _)| at)
                    .chain([text.len()])
                    .take_while(|&at| at <= last_start)
                    .find_map(|at| text.get(at..).and_then(|rest| self.strip_prefix(rest)))
            }
        }
    }
}

/// Splits a pattern in which `*` and `?` are wildcards.
pub fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for c in pattern.chars() {
        push_char(&mut tokens, c);
    }
    tokens
}

/// Adds one character of a pattern, in which `*` and `?` are wildcards.
pub fn push_char(tokens: &mut Vec<Token>, c: char) {
    match c {
        '*' => tokens.push(Token::Star),
        '?' => tokens.push(Token::One),
        _ => push_literal(tokens, c),
    }
}

/// Adds one literal character.
pub fn push_literal(tokens: &mut Vec<Token>, c: char) {
    if let Some(Token::Text(text)) = tokens.last_mut() {
        text.push(c);
    } else {
        tokens.push(Token::Text(c.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, exponential and obviously right.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), _) => {
                naive(&pattern[1..], text) || (!text.is_empty() && naive(pattern, &text[1..]))
            }
            (Some('?'), Some(_)) => naive(&pattern[1..], &text[1..]),
            (Some(p), Some(t)) if p == t => naive(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?é]{0,8}", text in "[abé]{0,8}") {
            let p: Vec<char> = pattern.chars().collect();
            let t: Vec<char> = text.chars().collect();
            prop_assert_eq!(Glob::new(&pattern).matches(&text), naive(&p, &t));
        }

        #[test]
        fn long_pieces_with_holes_are_found_as_defined(
            piece in "[aé?]{9,70}", before in "[aé]{0,3}", after in "[aé]{0,2}", wrong in 0..80_usize
        ) {
            let pattern: Vec<char> = format!("*{piece}*").chars().collect();
            let inside: Vec<char> = piece
                .chars()
                .enumerate()
                .map(|(at, c)| if c == '?' || at == wrong { 'é' } else { c })
                .collect();
            let text: Vec<char> = before.chars().chain(inside).chain(after.chars()).collect();
            let found = Glob::new(&pattern.iter().collect::<String>()).matches(&text.iter().collect::<String>());
            prop_assert_eq!(found, naive(&pattern, &text));
        }
    }

    #[test]
    fn a_long_pattern_of_wildcards_is_not_exponential() {
        let text = "a".repeat(2048);
        for pattern in ["*", "*a", "a*", "*?", "?*", "*ab", "*a?"] {
            let glob = Glob::new(&format!("{}b", pattern.repeat(6144 / pattern.len())));
            assert!(!glob.matches(&text), "{pattern}");
        }
    }

    #[test]
    fn a_long_piece_with_holes_is_not_quadratic() {
        let text = "a".repeat(1 << 16);
        let glob = Glob::new(&format!("*{}?b*", "a".repeat(3000)));
        #[expect(clippy::disallowed_methods, reason = "a bound on time needs a clock")]
        let before = std::time::Instant::now();
        assert!(!glob.matches(&text));
        assert!(before.elapsed().as_millis() < 2000, "{:?}", before.elapsed());
    }

    #[test]
    fn a_wildcard_inside_literal_text_is_literal() {
        let glob = Glob::from_tokens(&[Token::Text("a*".into()), Token::Star]);
        assert!(glob.matches("a*b"));
        assert!(!glob.matches("axb"));
    }
}
