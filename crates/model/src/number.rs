//! Floats as Go prints them.
//!
//! `strconv.FormatFloat` with the shortest digits in the formats `f`, `e` and `g`, and `%.Ng`.

/// `FormatFloat(v, 'f', -1, 64)`: shortest digits, no exponent; `NaN`, `+Inf`, `-Inf`.
pub fn format_f(v: f64) -> String {
    special(v).map_or_else(|| plain(v), str::to_owned)
}

/// `FormatFloat(v, 'e', -1, 64)`: shortest digits with an exponent of at least two digits.
pub fn format_e(v: f64) -> String {
    special(v).map_or_else(|| go_exponent(&shortest(v)), str::to_owned)
}

/// `FormatFloat(v, 'g', -1, 64)`, as `%v` and `%g` print a float: shortest digits, exponent form
/// where the decimal exponent is below −4 or at least 6.
pub fn format_g(v: f64) -> String {
    if let Some(text) = special(v) {
        return text.to_owned();
    }
    let scientific = shortest(v);
    if (-4..6).contains(&exponent_of(&scientific)) { plain(v) } else { go_exponent(&scientific) }
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
    let is_decimal = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
    if text.bytes().all(is_decimal) {
        return text.parse().ok().filter(|v: &f64| v.is_finite());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(sign * f64::INFINITY),
        "nan" => Some(f64::from_bits(0x7ff8_0000_0000_0001)),
        lower if lower.starts_with("0x") => parse_hex(&lower[2..]).map(|v| sign * v),
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

/// The fewest digits that read back as the same number, in Rust's exponent form. Of two that are
/// equally near Go takes the even one, Rust the larger.
fn shortest(v: f64) -> String {
    let rust = format!("{v:e}");
    let digits = rust.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    // A number half-way between two that both stand for it has one digit more than they, and of
    // numbers with fewer than sixteen digits no two are the same float.
    if digits < 15 {
        return rust;
    }
    // Precisions round ties to even.
    let even = format!("{v:.*e}", digits - 1);
    if even.parse() == Ok(v) { even } else { rust }
}

/// [`shortest`] without its exponent.
fn plain(v: f64) -> String {
    let scientific = shortest(v);
    let (mantissa, _) = scientific.split_once('e').expect("{:e} prints an exponent");
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    match usize::try_from(exponent_of(&scientific)) {
        Ok(exponent) if exponent + 1 < digits.len() => {
            let (whole, fraction) = digits.split_at(exponent + 1);
            format!("{sign}{whole}.{fraction}")
        }
        Ok(exponent) => format!("{sign}{digits:0<width$}", width = exponent + 1),
        Err(_) => {
            let zeros = exponent_of(&scientific).unsigned_abs() as usize - 1;
            format!("{sign}0.{:0>zeros$}{digits}", "")
        }
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
        assert_eq!(format_f(1e23), "100000000000000000000000");
        assert_eq!(format_f(-0.0), "-0");
        assert_eq!(format_f(-1.5e-7), "-0.00000015");
        assert_eq!(format_f(-42.0), "-42");
        assert_eq!(format_f(5e-324).len(), 326);
        assert_eq!(format_f(0.1 + 0.2), "0.30000000000000004");
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

    /// Half-way between two candidates Go takes the even one, which is also Rust's own choice
    /// where a precision is given.
    #[test]
    fn ties_go_to_the_even_digit() {
        let check = |exact: &str, f: &str, e: &str| {
            let v = parse_float(exact).unwrap();
            assert_eq!(format_f(v), f);
            assert_eq!([format_e(v), format_g(v)], [e, e]);
        };
        check("1855647102695465.25", "1855647102695465.2", "1.8556471026954652e+15");
        check("-1855647102695465.75", "-1855647102695465.8", "-1.8556471026954658e+15");
        check("1152921504606850000", "1152921504606850000", "1.15292150460685e+18");
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
