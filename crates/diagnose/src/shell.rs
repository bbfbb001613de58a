//! Commands for a POSIX shell, mostly of the AWS CLI. Names come from the account, whoever chose them: each is one
//! quoted word, and none can become an option, a file or a URL that the AWS CLI would open.

use serde_json::Value;
use std::fmt::Write;

/// A command cannot be written, because a name or a document in it is missing or not safe to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no command can be written with {0:?}")]
pub struct NotWritable(pub(crate) String);

/// One word for a POSIX shell.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word that stays one value inside the AWS CLI's shorthand (`Name=x,Values=y`).
pub(crate) fn plain(word: &str) -> Result<&str, NotWritable> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_:./-".contains(c);
    if word.is_empty() || word.starts_with('-') || !word.chars().all(allowed) {
        return Err(NotWritable(word.to_owned()));
    }
    Ok(word)
}

/// A command in the making.
pub(crate) struct Command {
    text: String,
    /// What reads best at the end: the region, and what is to be printed.
    tail: String,
    bad: Option<String>,
}

impl Command {
    /// An operation of the AWS CLI: `ecs update-service`.
    pub(crate) fn aws(operation: &str) -> Self {
        Self::program(&format!("aws {operation}"))
    }

    /// Another program, with the words that no account chooses.
    pub(crate) fn program(start: &str) -> Self {
        Self { text: start.to_owned(), tail: String::new(), bad: None }
    }

    /// The region to call.
    pub(crate) fn region(mut self, region: &str) -> Self {
        self.check(region);
        let _ = write!(self.tail, " --region {}", quote(region));
        self
    }

    /// A policy document: compact, in the order in which people write policies.
    pub(crate) fn policy(self, option: &str, policy: &Value) -> Self {
        self.arg(option, policy_text(policy))
    }

    /// AWS CLI User Guide, "Loading parameters from a file": a value that begins like this is opened.
    fn check(&mut self, value: &str) {
        let opened = ["file://", "fileb://", "http://", "https://"];
        let hostile = value.is_empty()
            || value.chars().any(char::is_control)
            || opened.iter().any(|prefix| value.starts_with(prefix));
        if hostile {
            self.bad.get_or_insert_with(|| value.to_owned());
        }
    }

    /// An option with a value.
    pub(crate) fn arg(mut self, option: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        self.check(&value);
        let between = if value.starts_with('-') { '=' } else { ' ' };
        let _ = write!(self.text, " {option}{between}{}", quote(&value));
        self
    }

    /// A word that is no option's value, and no option.
    pub(crate) fn word(mut self, value: &str) -> Self {
        if value.starts_with('-') || value.chars().any(char::is_control) {
            self.bad.get_or_insert_with(|| value.to_owned());
        }
        let _ = write!(self.text, " {}", quote(value));
        self
    }

    /// Words that the program hands on, options among them.
    pub(crate) fn words<'w>(mut self, values: impl IntoIterator<Item = &'w str>) -> Self {
        for value in values {
            let unsafe_in_quotes = |c: char| c.is_control() && !"\n\t".contains(c);
            if value.chars().any(unsafe_in_quotes) {
                self.bad.get_or_insert_with(|| value.to_owned());
            }
            let _ = write!(self.text, " {}", quote(value));
        }
        self
    }

    /// Another command that reads what this one prints.
    pub(crate) fn piped(mut self, reader: Self) -> Self {
        self.bad = self.bad.or(reader.bad);
        let _ = write!(self.tail, " | {}{}", reader.text, reader.tail);
        self
    }

    /// An option with several values.
    pub(crate) fn list(mut self, option: &str, values: &[String]) -> Self {
        if values.is_empty() {
            self.bad.get_or_insert_with(|| format!("{option} without values"));
        }
        self.text.push(' ');
        self.text.push_str(option);
        for value in values {
            self.check(value);
            if value.starts_with('-') {
                self.bad.get_or_insert_with(|| value.clone());
            }
            self.text.push(' ');
            self.text.push_str(&quote(value));
        }
        self
    }

    /// An option with a shell variable.
    pub(crate) fn variable(mut self, option: &str, name: &str) -> Self {
        let _ = write!(self.text, " {option} \"${name}\"");
        self
    }

    /// An option whose values another command prints.
    pub(crate) fn output_of(mut self, option: &str, inner: Self) -> Self {
        if let Some(bad) = inner.bad {
            self.bad.get_or_insert(bad);
        }
        let _ = write!(self.text, " {option} $({}{})", inner.text, inner.tail);
        self
    }

    /// Words as they are.
    pub(crate) fn flag(mut self, option: &str) -> Self {
        self.text.push(' ');
        self.text.push_str(option);
        self
    }

    /// What is to be printed, as text: the AWS CLI would otherwise stop in a pager, and swallow what is pasted next.
    pub(crate) fn query(mut self, query: &str) -> Self {
        let _ = write!(self.tail, " --query {} --output text", quote(query));
        self
    }

    /// What is to be read, as JSON.
    pub(crate) fn query_json(mut self, query: &str) -> Self {
        let _ = write!(self.tail, " --query {} --output json", quote(query));
        self
    }

    /// The command, its output in a file.
    pub(crate) fn into_file(mut self, name: &str) -> Self {
        let _ = write!(self.tail, " > {}", quote(name));
        self
    }

    /// The command.
    pub(crate) fn finish(self) -> Result<String, NotWritable> {
        match self.bad {
            Some(bad) => Err(NotWritable(bad)),
            None => Ok(self.text + &self.tail),
        }
    }

    /// The command, its output in a shell variable.
    pub(crate) fn into_variable(self, name: &str) -> Result<String, NotWritable> {
        Ok(format!("{name}=$({})", self.finish()?))
    }
}

/// A policy as compact JSON, its elements in the order of the IAM User Guide's examples.
pub(crate) fn policy_text(policy: &Value) -> String {
    const ORDER: [&str; 12] = [
        "Version",
        "Id",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "Statement",
    ];
    match policy {
        Value::Object(members) => {
            let place =
                |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| (place(key), (*key).clone()));
            let members: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), policy_text(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(policy_text).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_when_a_shell_would_read_it() {
        for (word, quoted) in [
            ("web-1", "web-1"),
            (
                "arn:aws:ecs:us-east-1:111122223333:service/a/b",
                "arn:aws:ecs:us-east-1:111122223333:service/a/b",
            ),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(reboot)", "'$(reboot)'"),
            ("`x`", "'`x`'"),
            ("it's", r"'it'\''s'"),
            ("a;b|c&d>e", "'a;b|c&d>e'"),
            ("~root", "'~root'"),
            ("!1", "'!1'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }

    #[test]
    fn a_value_can_be_no_option_and_opens_nothing() {
        let write = |value: &str| {
            Command::aws("logs create-log-group").arg("--log-group-name", value).finish()
        };
        assert_eq!(
            write("--endpoint-url").as_deref(),
            Ok("aws logs create-log-group --log-group-name=--endpoint-url")
        );
        for value in ["file:///etc/passwd", "fileb://x", "http://x", "https://x", "", "a\nb"] {
            assert!(write(value).is_err(), "{value:?}");
        }
        assert!(Command::aws("x").list("--subnet-ids", &["-x".to_owned()]).finish().is_err());
        assert!(plain("a,Values=b").is_err());
    }
}
