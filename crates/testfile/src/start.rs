//! When a test starts.

use model::{number, quote::quote};

/// The last millisecond that Go can tell in nanoseconds.
const LAST: f64 = 9_223_372_036_854.0;

/// Reads Unix seconds or RFC 3339 to milliseconds.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let refuse = || format!("cannot parse {} to a valid timestamp", quote(text));
    if let Some(seconds) = number::parse_float(text) {
        let ms = (seconds * 1000.0).trunc();
        if ms.is_nan() || ms.abs() > LAST {
            return Err(refuse());
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        return Ok(ms as i64);
    }
    if !is_rfc3339(text) {
        return Err(refuse());
    }
    let time = text.parse::<jiff::Timestamp>().map_err(|_| refuse())?;
    Ok(time.as_millisecond())
}

/// Whether a text has the shape that Go asks for: `2026-01-02T03:04:05Z`, with all its digits.
fn is_rfc3339(text: &str) -> bool {
    let shape = |c: u8| if c.is_ascii_digit() { b'0' } else { c };
    let shaped: Vec<u8> = text.bytes().map(shape).collect();
    let (Some(time), Some(rest)) = (shaped.get(..19), shaped.get(19..)) else { return false };
    let fraction = match rest {
        [b'.', b'0', ..] => 1 + rest[1..].iter().take_while(|c| **c == b'0').count(),
        _ => 0,
    };
    let zone = &rest[fraction..];
    time == b"0000-00-00T00:00:00" && (zone == b"Z" || zone == b"+00:00" || zone == b"-00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_seconds_or_dates() {
        assert_eq!(parse("1.5"), Ok(1500));
        assert_eq!(parse("-5"), Ok(-5000));
        assert_eq!(parse("2024-01-01T00:00:00.25Z"), Ok(1_704_067_200_250));
        assert_eq!(parse("2024-01-01T01:00:00+01:00"), Ok(1_704_067_200_000));
        for text in ["NaN", "1e30", "2024-01-01", "2024-01-01 00:00:00Z", "2024-01-01T00:00Z"] {
            let message = format!("cannot parse \"{text}\" to a valid timestamp");
            assert_eq!(parse(text), Err(message));
        }
    }
}
