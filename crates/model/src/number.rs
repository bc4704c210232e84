//! Floats as Go prints them.
//!
//! `strconv.FormatFloat` with the shortest digits in the formats `f`, `e` and `g`, and `%.Ng`.

/// `FormatFloat(v, 'f', -1, 64)`: shortest digits, no exponent; `NaN`, `+Inf`, `-Inf`.
pub fn format_f(v: f64) -> String {
    special(v).map_or_else(|| format!("{v}"), str::to_owned)
}

/// `FormatFloat(v, 'e', -1, 64)`: shortest digits with an exponent of at least two digits.
pub fn format_e(v: f64) -> String {
    special(v).map_or_else(|| go_exponent(&format!("{v:e}")), str::to_owned)
}

/// `FormatFloat(v, 'g', -1, 64)`, as `%v` and `%g` print a float: shortest digits, exponent form
/// where the decimal exponent is below −4 or at least 6.
pub fn format_g(v: f64) -> String {
    if let Some(text) = special(v) {
        return text.to_owned();
    }
    let scientific = format!("{v:e}");
    if (-4..6).contains(&exponent_of(&scientific)) {
        format!("{v}")
    } else {
        go_exponent(&scientific)
    }
}

/// `%.{precision}g`: so many significant digits, trailing zeros removed.
pub fn format_g_precision(v: f64, precision: usize) -> String {
    if let Some(text) = special(v) {
        return text.to_owned();
    }
    let digits = precision.max(1);
    let scientific = format!("{v:.*e}", digits - 1);
    let exponent = exponent_of(&scientific);
    let wide = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= wide {
        let (mantissa, rest) = scientific.split_once('e').expect("{:e} prints an exponent");
        return go_exponent(&format!("{}e{rest}", trim_zeros(mantissa)));
    }
    let decimals = usize::try_from(wide - 1 - exponent).unwrap_or(0);
    trim_zeros(&format!("{v:.decimals$}")).to_owned()
}

/// Parses a float as Go's `strconv.ParseFloat` does: decimal and hexadecimal forms, `inf`,
/// `infinity` and `nan` in any case, `_` nowhere.
pub fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(sign * f64::INFINITY),
        "nan" => Some(f64::from_bits(0x7ff8_0000_0000_0001)),
        lower if lower.starts_with("0x") => parse_hex(&lower[2..]).map(|v| sign * v),
        lower if lower.bytes().all(|b| b.is_ascii_digit() || b".e+-".contains(&b)) => {
            text.parse().ok().filter(|v: &f64| v.is_finite())
        }
        _ => None,
    }
}

fn parse_hex(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for c in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    Some(value * 2f64.powi(exponent - 4 * i32::try_from(fraction.len()).ok()?))
}

fn special(v: f64) -> Option<&'static str> {
    match v {
        _ if v.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

fn exponent_of(scientific: &str) -> i32 {
    let exponent = scientific.split_once('e').map_or("0", |(_, e)| e);
    exponent.parse().expect("{:e} prints a decimal exponent")
}

/// Turns Rust's `1.5e7` into Go's `1.5e+07`.
fn go_exponent(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |d| ('-', d));
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_go() {
        assert_eq!(format_f(1e21), "1000000000000000000000");
        assert_eq!(format_f(0.00001), "0.00001");
        assert_eq!(format_f(f64::NEG_INFINITY), "-Inf");
        assert_eq!(format_e(1.0), "1e+00");
        assert_eq!(format_e(123.5), "1.235e+02");
        assert_eq!(format_g(100_000.0), "100000");
        assert_eq!(format_g(1_234_567.0), "1.234567e+06");
        assert_eq!(format_g(1e6), "1e+06");
        assert_eq!(format_g(0.00001), "1e-05");
        assert_eq!(format_g_precision(1234.5678, 4), "1235");
        assert_eq!(format_g_precision(12345.678, 4), "1.235e+04");
        assert_eq!(format_g_precision(0.1, 4), "0.1");
        assert_eq!(format_g_precision(0.0, 4), "0");
    }

    #[test]
    fn parses_as_go() {
        assert_eq!(parse_float("+Inf"), Some(f64::INFINITY));
        assert_eq!(parse_float("0x1p-2"), Some(0.25));
        assert_eq!(parse_float("1e3"), Some(1000.0));
        assert!(parse_float("nan").is_some_and(f64::is_nan));
        assert_eq!(parse_float("1_000"), None);
        assert_eq!(parse_float("1e999"), None);
        assert_eq!(parse_float(""), None);
    }
}
