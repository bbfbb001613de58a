//! Bytes to text to JSON: bounded files, UTF-8 with or without a byte order mark, UTF-16 as PowerShell's `>` writes it.

use crate::error::ReadError;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// A file's bytes, if they are not more than `limit_mib` MiB.
pub(super) fn read(path: &Path, limit_mib: u64) -> Result<Vec<u8>, ReadError> {
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    let limit = limit_mib << 20;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(io)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge { name: path.display().to_string(), limit_mib });
    }
    Ok(bytes)
}

/// The text of a file; `None` when it is neither UTF-8 nor UTF-16.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        bytes.len().is_multiple_of(2).then(|| String::from_utf16(&units).ok()).flatten()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // JSON begins with an ASCII character (RFC 4627, section 3), whose other half is zero in UTF-16.
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// The JSON document of a file.
pub(super) fn json(bytes: &[u8], name: &str) -> Result<Value, ReadError> {
    let text = decode(bytes).ok_or_else(|| ReadError::NotText { name: name.to_owned() })?;
    serde_json::from_str(&text)
        .map_err(|error| ReadError::NotJson { name: name.to_owned(), why: error.to_string() })
}
