//! Prometheus durations: `1d12h`, `5m`, `0`.

use std::fmt::Write;

/// Units with their milliseconds, in the order in which they must be written.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Parses `(N unit)+` with the units `y w d h m s ms` in that order, each at most once, or `0`;
/// returns milliseconds. Messages are those of Prometheus's `model.ParseDuration`.
pub fn parse(text: &str) -> Result<i64, String> {
    match text {
        "0" => return Ok(0),
        "" => return Err("empty duration string".to_owned()),
        _ => {}
    }
    let invalid = || format!("not a valid duration string: {}", crate::quote::quote(text));
    let (mut rest, mut last, mut total) = (text, None, 0_i64);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Err(invalid());
        }
        let number: u64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(|b| !b.is_ascii_digit()).count();
        let unit = &rest[..letters];
        let Some(index) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(if unit.is_empty() {
                invalid()
            } else {
                format!(
                    "unknown unit {} in duration {}",
                    crate::quote::quote(unit),
                    crate::quote::quote(text)
                )
            });
        };
        if last.is_some_and(|l| index <= l) {
            return Err(invalid());
        }
        last = Some(index);
        total = i64::try_from(number)
            .ok()
            .and_then(|number| number.checked_mul(UNITS[index].1))
            .and_then(|ms| total.checked_add(ms))
            .filter(|ms| *ms <= i64::MAX / 1_000_000)
            .ok_or_else(|| "duration out of range".to_owned())?;
        rest = &rest[letters..];
    }
    Ok(total)
}

/// Prints milliseconds as Prometheus does: years and weeks only where they divide exactly, zero as
/// `0s`, a negative duration with a leading `-`.
pub fn format(ms: i64) -> String {
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut text = if ms < 0 { "-".to_owned() } else { String::new() };
    let mut rest = ms.unsigned_abs();
    for (i, (unit, size)) in UNITS.iter().enumerate() {
        let size = size.unsigned_abs();
        let exact_only = i < 2;
        if exact_only && !rest.is_multiple_of(size) || rest < size {
            continue;
        }
        let _ = write!(text, "{}{unit}", rest / size);
        rest %= size;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        for (text, ms) in [
            ("0", 0),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1y", 31_536_000_000),
            ("1w", 604_800_000),
            ("250ms", 250),
            ("1d1h", 90_000_000),
        ] {
            assert_eq!(parse(text), Ok(ms), "{text}");
        }
        assert_eq!(format(90_000_000), "1d1h");
        assert_eq!(format(604_800_000), "1w");
        assert_eq!(format(8 * 86_400_000), "8d");
        assert_eq!(format(0), "0s");
        assert_eq!(format(-5_400_000), "-1h30m");
    }

    #[test]
    fn refuses_with_prometheus_words() {
        let error = |text| parse(text).unwrap_err();
        assert_eq!(error(""), "empty duration string");
        assert_eq!(error("5m1h"), r#"not a valid duration string: "5m1h""#);
        assert_eq!(error("5"), r#"not a valid duration string: "5""#);
        assert_eq!(error("1.5h"), r#"unknown unit "." in duration "1.5h""#);
        assert_eq!(error("300y"), "duration out of range");
        assert_eq!(error("9223372036854775808ms"), "duration out of range");
        assert_eq!(
            error("18446744073709551616ms"),
            r#"not a valid duration string: "18446744073709551616ms""#
        );
        assert_eq!(error("5y1hs"), r#"unknown unit "hs" in duration "5y1hs""#);
    }
}
