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
    let time = text.parse::<jiff::Timestamp>().map_err(|_| refuse())?;
    Ok(time.as_millisecond())
}
