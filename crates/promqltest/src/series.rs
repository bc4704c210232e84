//! Series as test files write them: `metric{label="value"} 1+2x3 _ stale`.
//!
//! Scripts and rule unit tests share this notation. Native histograms (`{{schema:0 …}}`) are
//! recognised, but not read.

use model::{Labels, duration, stale_nan};
use promql::{ParseOptions, parse_metric_selector};

/// One place in a sequence of samples.
#[derive(Clone, Copy, Debug)]
pub enum Point {
    /// No sample.
    Missing,
    /// A float; perhaps the stale marker.
    Float(f64),
    /// A native histogram, unread.
    Histogram,
}

/// A label set and samples, one per step.
#[derive(Clone, Debug)]
pub struct Series {
    /// The label set.
    pub labels: Labels,
    /// The samples from the first step on.
    pub points: Vec<Point>,
}

/// Parses a label set and the samples behind it.
pub fn parse(text: &str) -> Result<Series, String> {
    let (metric, values) = text.split_at(metric_len(text));
    if !values.is_empty() && !values.starts_with([' ', '\t']) {
        return Err(format!("expected white space after the series in {text:?}"));
    }
    Ok(Series { labels: parse_labels(metric)?, points: parse_values(values)? })
}

/// Parses `metric{label="value"}`.
pub fn parse_labels(text: &str) -> Result<Labels, String> {
    let matchers =
        parse_metric_selector(text, &ParseOptions::all()).map_err(|error| error.to_string())?;
    if let Some(m) = matchers.iter().find(|m| m.op != model::MatchOp::Equal) {
        return Err(format!("a series has values, not patterns: {m:?}"));
    }
    Ok(Labels::from_pairs(matchers.iter().map(|m| (&*m.name, &*m.value))))
}

/// Parses samples: `1`, `stale`, `_`, `_x3`, `1x3`, `1+2x3`, `1-2x3`, histograms.
pub fn parse_values(text: &str) -> Result<Vec<Point>, String> {
    let mut points = Vec::new();
    for item in items(text) {
        parse_item(item, &mut points)
            .ok_or_else(|| format!("{item:?} is no value, repetition, _ or stale"))?;
    }
    Ok(points)
}

/// Parses a number as scripts expect scalars: integers may be hexadecimal or octal.
pub fn parse_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let integer = |digits: &str, radix| i64::from_str_radix(digits, radix).ok();
    let based = match digits.get(..2) {
        Some("0x" | "0X") => integer(&digits[2..], 16),
        _ if digits.len() > 1 && digits.starts_with('0') => integer(digits, 8),
        _ => None,
    };
    match based {
        Some(value) => Some(sign * value as f64),
        None => model::number::parse_float(text),
    }
}

/// The length of the metric: white space within braces and quotes belongs to it.
fn metric_len(text: &str) -> usize {
    let (mut in_braces, mut quote, mut escaped) = (false, None, false);
    for (i, c) in text.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some('"' | '\'')) => escaped = true,
            (_, Some(q)) => quote = if c == q { None } else { quote },
            ('"' | '\'' | '`', None) => quote = Some(c),
            ('{', None) => in_braces = true,
            ('}', None) => return i + 1,
            (' ' | '\t', None) if !in_braces => return i,
            _ => {}
        }
    }
    text.len()
}

/// Splits at white space outside of histograms.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (mut end, mut in_histogram) = (rest.len(), false);
        for (i, c) in rest.char_indices() {
            if rest[i..].starts_with("{{") {
                in_histogram = true;
            } else if rest[i..].starts_with("}}") {
                in_histogram = false;
            } else if c.is_whitespace() && !in_histogram {
                end = i;
                break;
            }
        }
        let (item, after) = rest.split_at(end);
        rest = after.trim_start();
        Some(item)
    })
}

fn parse_item(item: &str, points: &mut Vec<Point>) -> Option<()> {
    if let Some(times) = item.strip_prefix('_') {
        let n = if times.is_empty() { 1 } else { count(times)? };
        points.extend(std::iter::repeat_n(Point::Missing, n));
    } else if item.starts_with("{{") {
        let times = &item[item.rfind("}}")? + 2..];
        let n = if times.is_empty() { 1 } else { count(times)? + 1 };
        points.extend(std::iter::repeat_n(Point::Histogram, n));
    } else if item == "stale" {
        points.push(Point::Float(stale_nan()));
    } else {
        floats(item, points)?;
    }
    Some(())
}

fn floats(item: &str, points: &mut Vec<Point>) -> Option<()> {
    let (mut value, rest) = scan_number(item)?;
    let (step, times) = if rest.starts_with(['+', '-']) { scan_number(rest)? } else { (0.0, rest) };
    let n = match times {
        "" if rest.is_empty() => 1,
        _ => count(times)? + 1,
    };
    let constant = rest == times;
    for _ in 0..n {
        points.push(Point::Float(value));
        if !constant {
            value += step;
        }
    }
    Some(())
}

/// `x3`
fn count(times: &str) -> Option<usize> {
    times.strip_prefix('x')?.parse().ok()
}

/// A signed number or duration at the start of a text, and what follows.
fn scan_number(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    for word in ["infinity", "inf", "nan"] {
        if let Some(head) = unsigned.get(..word.len())
            && head.eq_ignore_ascii_case(word)
        {
            let value = sign * model::number::parse_float(word)?;
            return Some((value, &unsigned[word.len()..]));
        }
    }
    let (number, rest) = unsigned.split_at(number_len(unsigned));
    let unit = rest.bytes().take_while(|b| b.is_ascii_lowercase() && *b != b'x').count();
    if unit > 0 {
        let more = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() && *b != b'x').count();
        let (duration, rest) = unsigned.split_at(number.len() + more);
        return Some((sign * duration::parse(duration).ok()? as f64 / 1000.0, rest));
    }
    Some((sign * parse_number(&number.replace('_', ""))?, rest))
}

/// The length of `1`, `1.5`, `.5e-3`.
fn number_len(text: &str) -> usize {
    let digits = |from: usize| {
        from + text[from..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count()
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        match parse(text) {
            Err(error) => error,
            Ok(series) => {
                let points: Vec<_> = series.points.iter().map(show_point).collect();
                format!("{} {}", series.labels, points.join(" "))
            }
        }
    }

    fn show_point(point: &Point) -> String {
        match point {
            Point::Missing => "_".to_owned(),
            Point::Histogram => "{{}}".to_owned(),
            Point::Float(v) if model::is_stale(*v) => "stale".to_owned(),
            Point::Float(v) => model::number::format_g(*v),
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(show(text), expect);
    }

    #[test]
    fn label_sets() {
        check(r#"up{job="a b", x='}'} 1"#, r#"{__name__="up", job="a b", x="}"} 1"#);
        check("a:b 1", r#"{__name__="a:b"} 1"#);
        check("{} 1", "{} 1");
        check(r#"{"a.b", c="d"} 1"#, r#"{__name__="a.b", c="d"} 1"#);
        check("up", r#"{__name__="up"} "#);
        check(r#"sum{a="\"x\" y"} 1"#, r#"{__name__="sum", a="\"x\" y"} 1"#);
    }

    #[test]
    fn sequences() {
        check("x 1 -2 +.5 1e3 1e-2x1", r#"{__name__="x"} 1 -2 0.5 1000 0.01 0.01"#);
        check("x 1+2x3", r#"{__name__="x"} 1 3 5 7"#);
        check("x 1-2x3 5", r#"{__name__="x"} 1 -1 -3 -5 5"#);
        check("x -1--1x1", "\"-1--1x1\" is no value, repetition, _ or stale");
        check("x 7x2", r#"{__name__="x"} 7 7 7"#);
        check("x 0x2", r#"{__name__="x"} 0 0 0"#);
        check("x 7x0", r#"{__name__="x"} 7"#);
        check("x _ _x2 stale NaN Inf -Inf", r#"{__name__="x"} _ _ _ stale NaN +Inf -Inf"#);
        check("x 1m 1m30sx1", r#"{__name__="x"} 60 90 90"#);
        check("x {{schema:0 sum:5}} {{}}+{{sum:1}}x1 2", r#"{__name__="x"} {{}} {{}} {{}} 2"#);
    }

    #[test]
    fn nonsense() {
        check("x 1y2 q", "\"1y2\" is no value, repetition, _ or stale");
        check("x 1x", "\"1x\" is no value, repetition, _ or stale");
        check("x 1+1", "\"1+1\" is no value, repetition, _ or stale");
        check(r#"x{a="b"}1"#, r#"expected white space after the series in "x{a=\"b\"}1""#);
    }

    #[test]
    fn lone_numbers() {
        for (text, expect) in
            [("0x1F", Some(31.0)), ("-010", Some(-8.0)), ("1.5e1", Some(15.0)), ("x", None)]
        {
            assert_eq!(parse_number(text), expect, "{text}");
        }
        assert_eq!(parse_number("09"), Some(9.0));
    }
}
