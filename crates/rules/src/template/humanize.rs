//! Numbers for people: the `humanize…` functions, and what they take as a number.
//!
//! As `helpers/templates` of prometheus/common, and `template.go` of Prometheus.

use model::{number, quote::quote};

use super::{time, value::Value};

const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

/// The number in a value, as far as Prometheus converts.
pub(super) fn to_float(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(v) => Ok(*v),
        Value::Int(n) => Ok(*n as f64),
        Value::Str(text) => parse_float(text),
        Value::Duration { nanos, pointer: false } => Ok(*nanos as f64 / 1e9),
        _ => Err(format!("can't convert {} to float", value.type_name())),
    }
}

fn parse_float(text: &str) -> Result<f64, String> {
    // Go accepts underscores only where a base prefix stands.
    let digits = if text.contains("0x") || text.contains("0X") {
        text.replace('_', "")
    } else {
        text.to_owned()
    };
    number::parse_float(&digits).ok_or_else(|| {
        let shape = digits.bytes().all(|b| b.is_ascii_digit() || b".e+-E".contains(&b));
        let overflows = shape && digits.parse::<f64>().is_ok_and(f64::is_infinite);
        let why = if overflows { "value out of range" } else { "invalid syntax" };
        format!("strconv.ParseFloat: parsing {}: {why}", quote(text))
    })
}

/// `%.4g`.
fn four_digits(v: f64) -> String {
    number::format_g_precision(v, 4)
}

/// SI prefixes.
pub(super) fn humanize(mut v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return four_digits(v);
    }
    if v.abs() < 1.0 {
        return scale_up(v, "");
    }
    let mut prefix = "";
    for larger in ["k", "M", "G", "T", "P", "E", "Z", "Y"] {
        if v.abs() < 1000.0 {
            break;
        }
        prefix = larger;
        v /= 1000.0;
    }
    format!("{}{prefix}", four_digits(v))
}

/// Binary prefixes.
pub(super) fn humanize1024(mut v: f64) -> String {
    if v.abs() <= 1.0 || !v.is_finite() {
        return four_digits(v);
    }
    let mut prefix = "";
    for larger in ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"] {
        if v.abs() < 1024.0 {
            break;
        }
        prefix = larger;
        v /= 1024.0;
    }
    format!("{}{prefix}", four_digits(v))
}

/// Seconds as days, hours, minutes and seconds.
#[expect(clippy::cast_possible_truncation, reason = "durations beyond i64 saturate")]
pub(super) fn duration(v: f64) -> String {
    if !v.is_finite() {
        return four_digits(v);
    }
    if v == 0.0 {
        return format!("{}s", four_digits(v));
    }
    if v.abs() < 1.0 {
        return scale_up(v, "s");
    }
    let sign = if v < 0.0 { "-" } else { "" };
    let total = v.abs() as i64;
    let (days, hours) = (total / 86_400, total / 3_600 % 24);
    let (minutes, seconds) = (total / 60 % 60, total % 60);
    if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", four_digits(v.abs()))
    }
}

/// A ratio as per cent.
pub(super) fn percentage(v: f64) -> String {
    format!("{}%", four_digits(v * 100.0))
}

/// Seconds since the epoch as a date and time.
pub(super) fn timestamp(v: f64) -> Result<String, String> {
    if !v.is_finite() {
        return Ok(four_digits(v));
    }
    let nanos = time::from_seconds(v)?;
    Ok(time::to_string(&Value::Time { nanos, pointer: true }))
}

fn scale_up(mut v: f64, unit: &str) -> String {
    let mut prefix = "";
    for smaller in SMALL {
        if v.abs() >= 1.0 {
            break;
        }
        prefix = smaller;
        v *= 1000.0;
    }
    format!("{}{prefix}{unit}", four_digits(v))
}
