//! Image references as a task definition writes them: `[host[:port]/]repository[:tag][@digest]`.
//! Follows the grammar of the `distribution/reference` project, which Docker and containerd use, and says in plain words
//! why a text is not one. Knows nothing of whether the image exists.

use super::registry::Registry;
use std::fmt;
use std::str::FromStr;

/// A parsed image reference. Short names are completed as Docker does: `nginx` is `docker.io/library/nginx`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    host: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
    host_written: bool,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageRefError {
    /// Nothing there.
    #[error("the image is empty")]
    Empty,
    /// White space inside or around the text.
    #[error("the image `{0}` contains white space")]
    WhiteSpace(String),
    /// A URL scheme before the host.
    #[error("the image `{0}` begins with a URL scheme; write the registry's host without it")]
    Scheme(String),
    /// An ARN in place of a URI.
    #[error(
        "the image `{0}` is an ARN; write the repository's URI (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG)"
    )]
    Arn(String),
    /// A placeholder that was never replaced.
    #[error("the image `{text}` still contains the placeholder `{placeholder}`")]
    Placeholder {
        /// The text.
        text: String,
        /// The placeholder found in it.
        placeholder: String,
    },
    /// Upper case in the repository.
    #[error(
        "the image `{text}` has upper-case letters in its repository `{repository}`; repositories are lower case"
    )]
    UpperCase {
        /// The text.
        text: String,
        /// The repository.
        repository: String,
    },
    /// A colon with nothing after it.
    #[error("the image `{0}` ends in `:` without a tag")]
    EmptyTag(String),
    /// A tag with a character that tags do not have, or longer than 128.
    #[error(
        "the image `{text}` has the invalid tag `{tag}`; a tag is up to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two"
    )]
    BadTag {
        /// The text.
        text: String,
        /// The tag.
        tag: String,
    },
    /// A digest that is not `algorithm:hex` of the right length.
    #[error(
        "the image `{text}` has the invalid digest `{digest}`; a digest is `sha256:` and 64 lower-case hex digits"
    )]
    BadDigest {
        /// The text.
        text: String,
        /// The digest.
        digest: String,
    },
    /// A host that no DNS name can be.
    #[error("the image `{text}` has the invalid registry host `{host}`")]
    BadHost {
        /// The text.
        text: String,
        /// The host.
        host: String,
    },
    /// A repository with an empty part (`a//b`, a leading or trailing slash).
    #[error(
        "the image `{0}` has an empty part in its repository (a doubled, leading or trailing slash)"
    )]
    EmptyPart(String),
    /// A registry host with no repository after it.
    #[error("the image `{0}` names a registry but no repository")]
    NoRepository(String),
    /// A part of the repository that the grammar does not allow.
    #[error("the image `{text}` has the invalid repository part `{part}`")]
    BadPart {
        /// The text.
        text: String,
        /// The part.
        part: String,
    },
    /// Longer than 255 characters without tag and digest.
    #[error("the image's name is longer than 255 characters")]
    TooLong,
}

impl ImageRef {
    /// The registry's host with its port: `docker.io` for short names.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Which registry the host is.
    #[must_use]
    pub fn registry(&self) -> Registry {
        Registry::of_host(&self.host)
    }

    /// The repository without the host: `library/nginx` for the short name `nginx`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag as written; `None` if there is none.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest as written (`sha256:...`); it decides over the tag.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The tag that is pulled: the written one, or `latest` if there is neither tag nor digest.
    #[must_use]
    pub fn effective_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, Some(_)) => None,
            (None, None) => Some("latest"),
        }
    }

    /// Whether the text named a registry. A forgotten host sends a private image's name to Docker Hub.
    #[must_use]
    pub fn names_its_registry(&self) -> bool {
        self.host_written
    }

    /// The ARN of the ECR repository, if the registry is a private ECR.
    #[must_use]
    pub fn ecr_repository_arn(&self) -> Option<String> {
        match self.registry() {
            Registry::EcrPrivate { account, region, partition, .. } => Some(format!(
                "arn:{partition}:ecr:{region}:{account}:repository/{}",
                self.repository
            )),
            _ => None,
        }
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for ImageRef {
    type Err = ImageRefError;

    fn from_str(text: &str) -> Result<Self, ImageRefError> {
        refuse_what_is_plainly_no_reference(text)?;
        let owned = || text.to_owned();

        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                if !is_digest(digest) {
                    return Err(ImageRefError::BadDigest {
                        text: owned(),
                        digest: digest.to_owned(),
                    });
                }
                (rest, Some(digest.to_owned()))
            }
            None => (text, None),
        };
        // A colon after the last slash begins the tag; before it, the port.
        let name_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[name_start..].find(':').map(|colon| colon + name_start) {
            Some(colon) => (&rest[..colon], Some(&rest[colon + 1..])),
            None => (rest, None),
        };
        let (host, repository) = match name.split_once('/') {
            Some((first, others)) if is_host(first) => (Some(first), others),
            _ => (None, name),
        };
        if let Some(host) = host
            && !is_valid_host(host)
        {
            return Err(ImageRefError::BadHost { text: owned(), host: host.to_owned() });
        }
        if repository.is_empty() {
            return Err(if host.is_some() {
                ImageRefError::NoRepository(owned())
            } else {
                ImageRefError::EmptyPart(owned())
            });
        }
        check_repository(text, repository)?;
        if let Some(tag) = tag {
            if tag.is_empty() {
                return Err(ImageRefError::EmptyTag(owned()));
            }
            if !is_tag(tag) {
                return Err(ImageRefError::BadTag { text: owned(), tag: tag.to_owned() });
            }
        }
        let (host, repository, host_written) = match host {
            None | Some("docker.io" | "index.docker.io") if !repository.contains('/') => {
                ("docker.io", format!("library/{repository}"), host.is_some())
            }
            None => ("docker.io", repository.to_owned(), false),
            Some("index.docker.io") => ("docker.io", repository.to_owned(), true),
            Some(host) => (host, repository.to_owned(), true),
        };
        if host.len() + repository.len() + 1 > 255 {
            return Err(ImageRefError::TooLong);
        }
        Ok(Self {
            host: host.to_owned(),
            repository,
            tag: tag.map(str::to_owned),
            digest,
            host_written,
        })
    }
}

fn refuse_what_is_plainly_no_reference(text: &str) -> Result<(), ImageRefError> {
    if text.trim().is_empty() {
        return Err(ImageRefError::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(ImageRefError::WhiteSpace(text.to_owned()));
    }
    if text.contains("://") {
        return Err(ImageRefError::Scheme(text.to_owned()));
    }
    if text.starts_with("arn:") {
        return Err(ImageRefError::Arn(text.to_owned()));
    }
    if let Some(placeholder) = placeholder_in(text) {
        return Err(ImageRefError::Placeholder {
            text: text.to_owned(),
            placeholder: placeholder.to_owned(),
        });
    }
    Ok(())
}

/// A template mark that no reference can contain (`<...>`, `${...}`, `{{...}}`, `$NAME`, `%s`), or a host such as `YOUR_ACCOUNT_ID.dkr...`.
fn placeholder_in(text: &str) -> Option<&str> {
    let between = |open: &str, close: &str| {
        let start = text.find(open)?;
        let end = text[start..].find(close)? + start + close.len();
        Some(&text[start..end])
    };
    between("${", "}")
        .or_else(|| between("{{", "}}"))
        .or_else(|| between("<", ">"))
        .or_else(|| between("{", "}"))
        .or_else(|| between("[", "]").filter(|inner| !inner.contains(':')))
        .or_else(|| {
            let start = text.find(['$', '%'])?;
            let end = text[start + 1..]
                .find(['/', ':', '.', '@'])
                .map_or(text.len(), |end| start + 1 + end);
            Some(&text[start..end])
        })
        .or_else(|| {
            text.split(['/', ':', '@', '.'])
                .find(|part| {
                    part.contains('_')
                        && part.bytes().any(|b| b.is_ascii_uppercase())
                        && part
                            .bytes()
                            .all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
                })
                .filter(|part| text.split(':').next().is_some_and(|name| name.contains(part)))
        })
}

/// The rule of `distribution/reference`: the first part is a host if it has a dot or a colon, is `localhost`, or has upper case.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':'])
        || first == "localhost"
        || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_valid_host(host: &str) -> bool {
    let (name, port) = if host.starts_with('[') {
        match host.split_once(']') {
            Some((_, "")) => (host, None),
            Some((inner, port)) => (&host[..=inner.len()], port.strip_prefix(':')),
            None => return false,
        }
    } else {
        host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)))
    };
    let name_is_valid = if let Some(inner) = name.strip_prefix('[') {
        let inner = inner.trim_end_matches(']');
        !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
    } else {
        name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    name_is_valid
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn check_repository(text: &str, repository: &str) -> Result<(), ImageRefError> {
    for part in repository.split('/') {
        if part.is_empty() {
            return Err(ImageRefError::EmptyPart(text.to_owned()));
        }
        if part.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(ImageRefError::UpperCase {
                text: text.to_owned(),
                repository: repository.to_owned(),
            });
        }
        if !is_path_part(part) {
            return Err(ImageRefError::BadPart { text: text.to_owned(), part: part.to_owned() });
        }
    }
    Ok(())
}

/// Letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_path_part(part: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_in_words =
        bytes.first().is_some_and(|b| is_word(*b)) && bytes.last().is_some_and(|b| is_word(*b));
    ends_in_words
        && part
            .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            .all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        && !tag.starts_with(['.', '-'])
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    let length_is_right = match algorithm {
        "sha256" => hex.len() == 64,
        "sha384" => hex.len() == 96,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32 && algorithm.starts_with(|c: char| c.is_ascii_alphabetic()),
    };
    length_is_right
        && algorithm
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-' | b'_'))
        && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
