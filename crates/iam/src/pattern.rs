//! Text in a policy that may hold wildcards and variables, and what it matches.
//!
//! Sources: IAM User Guide, "Policy elements: Variables and tags", "Resource", "Condition operators".
//! Variables exist in version 2012-10-17 only; their values are literal, never wildcards. In a `Resource`
//! they count only after the fifth colon.

use std::borrow::Cow;

use crate::glob::{self, Glob, Step, Token};
use crate::request::{Lookup, Request};
use crate::tri::Tri;

/// A piece of policy text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Tokens(Vec<Token>),
    Variable { key: String, default: Option<String> },
}

/// One element of what a fixed text matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Symbol {
    /// This character.
    Char(char),
    /// This character in either case.
    Fold(char),
    /// One character, which is no colon if the flag is set.
    One(bool),
    /// Any characters, none of them a colon if the flag is set.
    Star(bool),
}

/// Policy text with at least one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

/// Policy text, read.
enum Parsed {
    Fixed(Vec<Token>),
    Template(Template),
}

/// Reads policy text. `from` is the offset before which variables stay literal.
fn parse(text: &str, variables: bool, from: usize) -> Parsed {
    let mut parts: Vec<Part> = Vec::new();
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let offset = text.len() - rest.len();
        if variables
            && offset >= from
            && let Some(body) = rest.strip_prefix("${")
            && let Some(end) = end_of_variable(body)
        {
            let (inside, after) = body.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            match inside {
                "*" | "?" | "$" => inside.chars().for_each(|c| glob::push_literal(&mut tokens, c)),
                _ => {
                    parts.push(Part::Tokens(std::mem::take(&mut tokens)));
                    parts.push(variable(inside));
                }
            }
            continue;
        }
        glob::push_char(&mut tokens, c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    if parts.is_empty() {
        return Parsed::Fixed(tokens);
    }
    parts.push(Part::Tokens(tokens));
    Parsed::Template(Template(parts))
}

/// Where the closing brace is; a default in quotes may hold braces.
fn end_of_variable(body: &str) -> Option<usize> {
    let first = body.find('}')?;
    match body.find('\'') {
        Some(open) if open < first => {
            let close = open + 1 + body.get(open + 1..)?.find('\'')?;
            Some(close + body.get(close..)?.find('}')?)
        }
        _ => Some(first),
    }
}

/// Reads the inside of `${key}` or `${key, 'default'}`.
fn variable(inside: &str) -> Part {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            let bare =
                default.strip_prefix('\'').and_then(|d| d.strip_suffix('\'')).unwrap_or(default);
            (key, Some(bare.to_owned()))
        }
        None => (inside, None),
    };
    Part::Variable { key: key.trim().to_ascii_lowercase(), default }
}

/// A template after its variables were replaced.
enum Filled {
    Tokens(Vec<Token>),
    /// A variable has no value and no default: the text equals nothing.
    Nothing,
    /// A variable is not known; the tokens have a star in its place.
    Unknown(Vec<Token>),
}

impl Template {
    fn fill(&self, request: &Request) -> Filled {
        let mut tokens = Vec::new();
        let mut unknown = false;
        for part in &self.0 {
            match part {
                Part::Tokens(t) => tokens.extend(t.iter().cloned()),
                Part::Variable { key, default } => match (request.lookup(key), default) {
                    (Lookup::One(value), _) => tokens.push(Token::Text(value.to_owned())),
                    (Lookup::Unknown, _) => {
                        unknown = true;
                        tokens.push(Token::Star);
                    }
                    // A multi-valued key cannot be a variable.
                    (Lookup::Absent | Lookup::Many(_), Some(default)) => {
                        tokens.push(Token::Text(default.clone()))
                    }
                    (Lookup::Absent | Lookup::Many(_), None) => return Filled::Nothing,
                },
            }
        }
        if unknown { Filled::Unknown(tokens) } else { Filled::Tokens(tokens) }
    }

    /// Whether every variable has a value or a default.
    pub(crate) fn resolves(&self, request: &Request) -> Tri {
        Tri::all(self.0.iter().map(|part| match part {
            Part::Tokens(_) | Part::Variable { default: Some(_), .. } => Tri::True,
            Part::Variable { key, default: None } => match request.lookup(key) {
                Lookup::One(_) => Tri::True,
                Lookup::Unknown => Tri::Unknown,
                Lookup::Absent | Lookup::Many(_) => Tri::False,
            },
        }))
    }

    /// The tokens with a star for every variable.
    fn open(&self) -> Vec<Token> {
        let tokens = self.0.iter().flat_map(|part| match part {
            Part::Tokens(tokens) => tokens.clone(),
            Part::Variable { .. } => vec![Token::Star],
        });
        tokens.collect()
    }

    /// The keys that the variables name, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key.as_str()),
            Part::Tokens(_) => None,
        })
    }
}

/// How the text of a condition value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextMode {
    /// The same characters; wildcards are ordinary characters.
    Exact,
    /// As `Exact`, in any case.
    IgnoreCase,
    /// Wildcards match.
    Like,
    /// Six ARN parts, each with wildcards.
    Arn,
}

/// A condition value of a string, ARN or Boolean operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextPattern {
    Fixed(FixedText),
    Template(Template, TextMode),
}

/// A condition value without variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FixedText {
    Exact(String),
    IgnoreCase(String),
    Like(Glob),
    Arn(Option<Box<[Glob; 6]>>),
}

impl TextPattern {
    pub(crate) fn new(text: &str, mode: TextMode, variables: bool) -> Self {
        match parse(text, variables, 0) {
            Parsed::Fixed(tokens) => Self::Fixed(FixedText::new(&tokens, mode)),
            Parsed::Template(template) => Self::Template(template, mode),
        }
    }

    /// Whether the value equals the pattern; unknown when a variable is.
    pub(crate) fn matches(&self, value: &str, request: &Request) -> Tri {
        match self {
            Self::Fixed(fixed) => fixed.matches(value).into(),
            Self::Template(template, mode) => match template.fill(request) {
                Filled::Tokens(tokens) => FixedText::new(&tokens, *mode).matches(value).into(),
                Filled::Nothing => Tri::False,
                Filled::Unknown(tokens) if FixedText::open(&tokens, *mode).matches(value) => {
                    Tri::Unknown
                }
                Filled::Unknown(_) => Tri::False,
            },
        }
    }

    /// The pattern with its variables replaced; an error when one of them is not known. A pattern whose variable
    /// has no value matches nothing.
    pub(crate) fn resolved(&self, request: &Request) -> Result<Option<Cow<'_, FixedText>>, ()> {
        match self {
            Self::Fixed(fixed) => Ok(Some(Cow::Borrowed(fixed))),
            Self::Template(template, mode) => match template.fill(request) {
                Filled::Tokens(tokens) => Ok(Some(Cow::Owned(FixedText::new(&tokens, *mode)))),
                Filled::Nothing => Ok(None),
                Filled::Unknown(_) => Err(()),
            },
        }
    }

    /// The template, when the text has variables.
    pub(crate) fn template(&self) -> Option<&Template> {
        match self {
            Self::Fixed(_) => None,
            Self::Template(template, _) => Some(template),
        }
    }
}

impl FixedText {
    fn new(tokens: &[Token], mode: TextMode) -> Self {
        match mode {
            TextMode::Exact => Self::Exact(literal(tokens)),
            TextMode::IgnoreCase => Self::IgnoreCase(literal(tokens).to_lowercase()),
            TextMode::Like => Self::Like(Glob::from_tokens(tokens)),
            TextMode::Arn => Self::Arn(arn_globs(tokens).map(Box::new)),
        }
    }

    /// At least everything that the tokens can match, when a star stands for a variable that is not known.
    fn open(tokens: &[Token], mode: TextMode) -> Self {
        match mode {
            TextMode::IgnoreCase => Self::Like(Glob::from_tokens(&[Token::Star])),
            // The value of a variable may hold colons.
            TextMode::Exact | TextMode::Like | TextMode::Arn => {
                Self::Like(Glob::from_tokens(tokens))
            }
        }
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        match self {
            Self::Exact(text) => text == value,
            Self::IgnoreCase(text) => *text == value.to_lowercase(),
            Self::Like(glob) => glob.matches(value),
            Self::Arn(globs) => globs.as_ref().is_some_and(|globs| arn_matches(globs, value)),
        }
    }
}

impl FixedText {
    /// The pattern as symbols; none when no text can match it.
    pub(crate) fn symbols(&self) -> Option<Vec<Symbol>> {
        let of_glob = |glob: &Glob, in_part| {
            let symbol = move |step| match step {
                Step::Char(c) => Symbol::Char(c),
                Step::One => Symbol::One(in_part),
                Step::Star => Symbol::Star(in_part),
            };
            glob.steps().into_iter().map(symbol).collect::<Vec<_>>()
        };
        match self {
            Self::Exact(text) => Some(text.chars().map(Symbol::Char).collect()),
            Self::IgnoreCase(text) => Some(text.chars().map(Symbol::Fold).collect()),
            Self::Like(glob) => Some(of_glob(glob, false)),
            Self::Arn(None) => None,
            Self::Arn(Some(globs)) => {
                let mut symbols = Vec::new();
                for (index, glob) in globs.iter().enumerate() {
                    if index > 0 {
                        symbols.push(Symbol::Char(':'));
                    }
                    symbols.extend(of_glob(glob, index < 5));
                }
                Some(symbols)
            }
        }
    }
}

fn literal(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|token| match token {
            Token::Text(text) => text.as_str(),
            Token::One => "?",
            Token::Star => "*",
        })
        .collect()
}

/// Splits tokens at the first five colons; none when there are fewer.
fn arn_globs(tokens: &[Token]) -> Option<[Glob; 6]> {
    let mut parts: Vec<Vec<Token>> = vec![Vec::new()];
    for token in tokens {
        let Token::Text(text) = token else {
            parts.last_mut()?.push(token.clone());
            continue;
        };
        let mut rest = text.as_str();
        while parts.len() < 6
            && let Some((before, after)) = rest.split_once(':')
        {
            parts.last_mut()?.push(Token::Text(before.to_owned()));
            parts.push(Vec::new());
            rest = after;
        }
        parts.last_mut()?.push(Token::Text(rest.to_owned()));
    }
    let globs: Vec<Glob> = parts.iter().map(|tokens| Glob::from_tokens(tokens)).collect();
    globs.try_into().ok()
}

fn arn_matches(globs: &[Glob; 6], value: &str) -> bool {
    let mut parts = value.splitn(6, ':');
    globs.iter().all(|glob| parts.next().is_some_and(|part| glob.matches(part)))
}

/// An entry of `Action` or `NotAction`. Actions match in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ActionPattern {
    Any,
    Exact(String),
    Glob(Glob),
}

impl ActionPattern {
    /// Reads an action pattern.
    pub(crate) fn new(text: &str) -> Self {
        let glob = Glob::new(&text.to_ascii_lowercase());
        match glob.literal() {
            Some(action) => Self::Exact(action.to_owned()),
            None if glob.is_any() => Self::Any,
            None => Self::Glob(glob),
        }
    }

    /// Whether the action, in lower case, matches.
    pub(crate) fn matches(&self, action: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == action,
            Self::Glob(glob) => glob.matches(action),
        }
    }

    /// The service prefix that every matching action has, when there is one.
    pub(crate) fn service(&self) -> Option<&str> {
        let fixed = match self {
            Self::Any => "",
            Self::Exact(exact) => exact,
            Self::Glob(glob) => glob.prefix(),
        };
        fixed.split_once(':').map(|(service, _)| service)
    }
}

/// An entry of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResourcePattern {
    Any,
    Fixed(FixedResource),
    Template(Template),
}

/// A resource pattern without variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FixedResource {
    glob: Glob,
    /// Set when a wildcard inside one of the first five parts must not cross a colon.
    parts: Option<Box<[Glob; 6]>>,
}

impl ResourcePattern {
    /// Reads a resource pattern.
    pub(crate) fn new(text: &str, variables: bool) -> Self {
        // "You cannot use a variable to replace parts of the ARN before the fifth colon."
        let fifth = text.match_indices(':').nth(4).map_or(text.len(), |(at, _)| at + 1);
        match parse(text, variables, fifth) {
            Parsed::Fixed(tokens) => {
                let fixed = FixedResource::new(&tokens);
                if fixed.glob.is_any() { Self::Any } else { Self::Fixed(fixed) }
            }
            Parsed::Template(template) => Self::Template(template),
        }
    }

    /// Whether the resource matches; unknown when a variable decides it and is not known.
    pub(crate) fn matches(&self, request: &Request) -> Tri {
        let resource = request.resource();
        match self {
            Self::Any => Tri::True,
            Self::Fixed(fixed) => fixed.matches(resource).into(),
            Self::Template(template) => match template.fill(request) {
                Filled::Tokens(tokens) => FixedResource::new(&tokens).matches(resource).into(),
                Filled::Nothing => Tri::False,
                Filled::Unknown(tokens) if FixedResource::new(&tokens).matches(resource) => {
                    Tri::Unknown
                }
                Filled::Unknown(_) => Tri::False,
            },
        }
    }

    /// Whether a variable that decides the match has neither a value nor a default.
    pub(crate) fn is_unresolved(&self, request: &Request) -> bool {
        self.template().is_some_and(|template| {
            matches!(template.fill(request), Filled::Nothing)
                && FixedResource::new(&template.open()).matches(request.resource())
        })
    }

    /// The template, when the text has variables.
    pub(crate) fn template(&self) -> Option<&Template> {
        match self {
            Self::Template(template) => Some(template),
            Self::Any | Self::Fixed(_) => None,
        }
    }
}

impl FixedResource {
    fn new(tokens: &[Token]) -> Self {
        let parts = arn_globs(tokens).filter(|_| is_segmented(tokens)).map(Box::new);
        Self { glob: Glob::from_tokens(tokens), parts }
    }

    fn matches(&self, resource: &str) -> bool {
        self.glob.matches(resource)
            && self.parts.as_ref().is_none_or(|parts| arn_matches(parts, resource))
    }
}

/// Whether the first five parts have wildcards, of which none ends its part. Only a star that is "the last
/// character of a resource ARN segment" may "expand to match beyond the colon boundaries" (IAM User Guide,
/// "Resource"); with such a star the pattern is matched as one text.
fn is_segmented(tokens: &[Token]) -> bool {
    let mut colons = 0;
    let mut has_wildcard = false;
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) => colons += text.matches(':').count(),
            Token::One if colons < 5 => has_wildcard = true,
            Token::Star if colons < 5 => {
                has_wildcard = true;
                let ends_part = match tokens.get(i + 1) {
                    None => true,
                    Some(Token::Text(next)) => next.starts_with(':'),
                    Some(_) => false,
                };
                if ends_part {
                    return false;
                }
            }
            Token::One | Token::Star => {}
        }
    }
    has_wildcard
}
