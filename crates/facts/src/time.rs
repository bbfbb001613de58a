//! Instants as AWS prints them: epoch seconds (AWS CLI v1, the wire) or ISO 8601 text (AWS CLI v2, EventBridge).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant; read from epoch seconds or ISO text, written as ISO text in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub Timestamp);

impl Time {
    /// From milliseconds since the epoch, as CloudWatch Logs counts.
    pub fn from_millis(millis: i64) -> Option<Self> {
        Timestamp::from_millisecond(millis).ok().map(Self)
    }

    /// Seconds from `earlier` to this instant; negative when it lies before.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.as_second() - earlier.0.as_second()
    }

    /// `14:02:07`, in UTC.
    pub fn clock(self) -> String {
        self.0.strftime("%H:%M:%S").to_string()
    }

    /// Parses ISO 8601 text, with `Z`, an offset, or none (then UTC).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        text.parse::<Timestamp>()
            .or_else(|_| format!("{text}Z").parse::<Timestamp>())
            .ok()
            .map(Self)
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Time;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("epoch seconds or an ISO 8601 time")
            }
            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
                // Microseconds are the finest that AWS sends, and all that a double holds at this magnitude.
                let micros = (seconds * 1e6).round();
                if !micros.is_finite() || micros.abs() > 2.5e17 {
                    return Err(E::custom(format!("{seconds:e} is not an epoch time")));
                }
                #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
                Timestamp::from_microsecond(micros as i64).map(Time).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Time, E> {
                Timestamp::from_second(seconds).map(Time).map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
                i64::try_from(seconds)
                    .map_err(E::custom)
                    .and_then(|seconds| self.visit_i64(seconds))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                Time::parse(text)
                    .ok_or_else(|| E::custom(format!("{text:?} is not an ISO 8601 time")))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_and_iso_forms_are_the_same_instant() {
        let read = |json: &str| serde_json::from_str::<Time>(json).unwrap().to_string();
        for json in [
            "1773313327.5",
            "1773313327",
            "\"2026-03-12T11:02:07Z\"",
            "\"2026-03-12T12:02:07+01:00\"",
            "\"2026-03-12T11:02:07\"",
        ] {
            assert_eq!(read(json), "2026-03-12T11:02:07Z", "{json}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        for json in ["1e300", "\"yesterday\"", "true", "-9e18"] {
            assert!(serde_json::from_str::<Time>(json).is_err(), "{json}");
        }
    }
}
