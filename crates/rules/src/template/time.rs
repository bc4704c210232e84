//! Go's times and durations: how they print, and the methods that templates may call on them.
//!
//! Every time is in UTC, as `toTime` returns it. Methods that need a location are left out.

use std::fmt::Write;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use model::number;

use super::{
    functions::{Function, Param},
    value::Value,
};

const SECOND: i64 = 1_000_000_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The method of a time, duration, month or weekday.
pub(super) fn method(receiver: &Value, name: &str) -> Option<&'static Function> {
    let table = match receiver {
        Value::Time { .. } => TIME_METHODS,
        Value::Duration { .. } => DURATION_METHODS,
        Value::Month(_) | Value::Weekday(_) => ENUM_METHODS,
        _ => return None,
    };
    table.iter().find(|method| method.name == name)
}

/// What the `String` method of such a value returns.
pub(super) fn to_string(value: &Value) -> String {
    match value {
        Value::Time { nanos, .. } => format(*nanos, "2006-01-02 15:04:05.999999999 -0700 MST"),
        Value::Duration { nanos, .. } => duration_to_string(*nanos),
        Value::Month(n) => name_of(&MONTHS, i64::from(*n) - 1),
        Value::Weekday(n) => name_of(&WEEKDAYS, (*n).into()),
        _ => String::new(),
    }
}

fn name_of(names: &[&str], index: i64) -> String {
    let name = usize::try_from(index).ok().and_then(|i| names.get(i));
    name.map_or_else(|| index.to_string(), |name| (*name).to_owned())
}

type Result = std::result::Result<Value, String>;

const fn method_of(
    name: &'static str,
    params: &'static [Param],
    call: fn(&super::functions::Context<'_>, &[Value]) -> Result,
) -> Function {
    Function { name, params, variadic: None, is_builtin: false, call }
}

static TIME_METHODS: &[Function] = &[
    method_of("Add", &[Param::Duration], |_, a| {
        Ok(Value::Time { nanos: nanos(&a[0]).saturating_add(nanos(&a[1])), pointer: false })
    }),
    method_of("AddDate", &[Param::Int, Param::Int, Param::Int], |_, a| add_date(a)),
    method_of("After", &[Param::Time], |_, a| Ok((nanos(&a[0]) > nanos(&a[1])).into())),
    method_of("Before", &[Param::Time], |_, a| Ok((nanos(&a[0]) < nanos(&a[1])).into())),
    method_of("Compare", &[Param::Time], |_, a| {
        Ok(Value::Int(nanos(&a[0]).cmp(&nanos(&a[1])) as i64))
    }),
    method_of("Day", &[], |_, a| Ok(Value::Int(civil(&a[0]).day().into()))),
    method_of("Equal", &[Param::Time], |_, a| Ok((nanos(&a[0]) == nanos(&a[1])).into())),
    method_of("Format", &[Param::Str], |_, a| {
        Ok(Value::str(format(nanos(&a[0]), a[1].as_str().unwrap_or_default())))
    }),
    method_of("Hour", &[], |_, a| Ok(Value::Int(civil(&a[0]).hour().into()))),
    method_of("IsZero", &[], |_, _| Ok(Value::Bool(false))),
    method_of("Local", &[], |_, a| Ok(time(nanos(&a[0])))),
    method_of("Minute", &[], |_, a| Ok(Value::Int(civil(&a[0]).minute().into()))),
    method_of("Month", &[], |_, a| Ok(Value::Month(civil(&a[0]).month()))),
    method_of("Nanosecond", &[], |_, a| Ok(Value::Int(nanos(&a[0]).rem_euclid(SECOND)))),
    method_of("Round", &[Param::Duration], |_, a| Ok(time(round(nanos(&a[0]), nanos(&a[1]))))),
    method_of("Second", &[], |_, a| Ok(Value::Int(civil(&a[0]).second().into()))),
    method_of("String", &[], |_, a| Ok(Value::str(to_string(&a[0])))),
    method_of("Sub", &[Param::Time], |_, a| {
        Ok(duration(nanos(&a[0]).saturating_sub(nanos(&a[1]))))
    }),
    method_of("Truncate", &[Param::Duration], |_, a| {
        let (n, unit) = (nanos(&a[0]), nanos(&a[1]));
        Ok(time(if unit > 0 { n - since_year_one(n, unit) } else { n }))
    }),
    method_of("UTC", &[], |_, a| Ok(time(nanos(&a[0])))),
    method_of("Unix", &[], |_, a| Ok(Value::Int(nanos(&a[0]).div_euclid(SECOND)))),
    method_of("UnixMicro", &[], |_, a| Ok(Value::Int(nanos(&a[0]).div_euclid(1_000)))),
    method_of("UnixMilli", &[], |_, a| Ok(Value::Int(nanos(&a[0]).div_euclid(1_000_000)))),
    method_of("UnixNano", &[], |_, a| Ok(Value::Int(nanos(&a[0])))),
    method_of("Weekday", &[], |_, a| {
        Ok(Value::Weekday(civil(&a[0]).weekday().to_sunday_zero_offset()))
    }),
    method_of("Year", &[], |_, a| Ok(Value::Int(civil(&a[0]).year().into()))),
    method_of("YearDay", &[], |_, a| Ok(Value::Int(civil(&a[0]).day_of_year().into()))),
];

static DURATION_METHODS: &[Function] = &[
    method_of("Abs", &[], |_, a| Ok(duration(nanos(&a[0]).saturating_abs()))),
    method_of("Hours", &[], |_, a| Ok(Value::Float(nanos(&a[0]) as f64 / 3.6e12))),
    method_of("Microseconds", &[], |_, a| Ok(Value::Int(nanos(&a[0]) / 1_000))),
    method_of("Milliseconds", &[], |_, a| Ok(Value::Int(nanos(&a[0]) / 1_000_000))),
    method_of("Minutes", &[], |_, a| Ok(Value::Float(nanos(&a[0]) as f64 / 6e10))),
    method_of("Nanoseconds", &[], |_, a| Ok(Value::Int(nanos(&a[0])))),
    method_of("Round", &[Param::Duration], |_, a| {
        let (n, unit) = (nanos(&a[0]), nanos(&a[1]));
        Ok(duration(if unit > 0 {
            n.signum() * round_positive(n.saturating_abs(), unit)
        } else {
            n
        }))
    }),
    method_of("Seconds", &[], |_, a| {
        let n = nanos(&a[0]);
        Ok(Value::Float((n / SECOND) as f64 + (n % SECOND) as f64 / 1e9))
    }),
    method_of("String", &[], |_, a| Ok(Value::str(to_string(&a[0])))),
    method_of("Truncate", &[Param::Duration], |_, a| {
        let (n, unit) = (nanos(&a[0]), nanos(&a[1]));
        Ok(duration(if unit > 0 { n - n % unit } else { n }))
    }),
];

static ENUM_METHODS: &[Function] =
    &[method_of("String", &[], |_, a| Ok(Value::str(to_string(&a[0]))))];

fn time(nanos: i64) -> Value {
    Value::Time { nanos, pointer: false }
}

fn duration(nanos: i64) -> Value {
    Value::Duration { nanos, pointer: false }
}

fn nanos(value: &Value) -> i64 {
    match value {
        Value::Time { nanos, .. } | Value::Duration { nanos, .. } | Value::Int(nanos) => *nanos,
        _ => 0,
    }
}

/// How far a time is past a multiple of the unit; Go counts from the year 1.
fn since_year_one(n: i64, unit: i64) -> i64 {
    const YEAR_ONE_TO_EPOCH: i128 = 62_135_596_800 * SECOND as i128;
    let past = (i128::from(n) + YEAR_ONE_TO_EPOCH).rem_euclid(i128::from(unit));
    i64::try_from(past).expect("less than the unit")
}

fn round(n: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return n;
    }
    let past = since_year_one(n, unit);
    if past < unit - past { n - past } else { n.saturating_add(unit - past) }
}

fn round_positive(n: i64, unit: i64) -> i64 {
    let past = n % unit;
    if past < unit - past { n - past } else { n.saturating_add(unit - past) }
}

fn civil(value: &Value) -> DateTime {
    date_time(nanos(value))
}

fn date_time(nanos: i64) -> DateTime {
    let timestamp = Timestamp::from_nanosecond(nanos.into()).unwrap_or_default();
    TimeZone::UTC.to_datetime(timestamp)
}

fn add_date(values: &[Value]) -> Result {
    let clamp = |value: &Value| nanos(value).clamp(-10_000, 10_000);
    let [years, months, days] = [clamp(&values[1]), clamp(&values[2]), clamp(&values[3])];
    let start = civil(&values[0]);
    // As Go's Date: months carry into years, days beyond the month's end into the next month.
    let month = i64::from(start.month()) - 1 + months;
    let year = i64::from(start.year()) + years + month.div_euclid(12);
    let month = month.rem_euclid(12) + 1;
    let out_of_range = || "time out of range".to_owned();
    let first = DateTime::new(
        i16::try_from(year).map_err(|_| out_of_range())?,
        i8::try_from(month).map_err(|_| out_of_range())?,
        1,
        start.hour(),
        start.minute(),
        start.second(),
        start.subsec_nanosecond(),
    );
    let span = jiff::Span::new().days(i64::from(start.day()) - 1 + days);
    let moved = first.and_then(|first| first.checked_add(span));
    let zoned = moved.and_then(|moved| TimeZone::UTC.to_timestamp(moved));
    let nanos = zoned.map_err(|_| out_of_range())?.as_nanosecond();
    Ok(time(i64::try_from(nanos).map_err(|_| out_of_range())?))
}

/// `Duration.String`: `1h15m30.918s`, `1.5ms`, `0s`.
fn duration_to_string(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let n = nanos.unsigned_abs();
    let fraction = |unit: u64, suffix: &str| {
        let digits = format!("{:09}", (n % unit) * (1_000_000_000 / unit));
        let digits = digits.trim_end_matches('0');
        let dot = if digits.is_empty() { "" } else { "." };
        format!("{dot}{digits}{suffix}")
    };
    let mut text = sign.to_owned();
    match n {
        0 => return "0s".to_owned(),
        1..1_000 => drop(write!(text, "{n}ns")),
        1_000..1_000_000 => drop(write!(text, "{}{}", n / 1_000, fraction(1_000, "µs"))),
        1_000_000..1_000_000_000 => {
            let _ = write!(text, "{}{}", n / 1_000_000, fraction(1_000_000, "ms"));
        }
        _ => {
            let seconds = n / 1_000_000_000;
            if seconds >= 3600 {
                let _ = write!(text, "{}h", seconds / 3600);
            }
            if seconds >= 60 {
                let _ = write!(text, "{}m", seconds / 60 % 60);
            }
            let _ = write!(text, "{}{}", seconds % 60, fraction(1_000_000_000, "s"));
        }
    }
    text
}

/// `Time.Format` with a layout written in terms of `Mon Jan 2 15:04:05 MST 2006`.
pub(super) fn format(nanos: i64, layout: &str) -> String {
    let civil = date_time(nanos);
    let (mut out, mut rest) = (String::new(), layout);
    while let Some(c) = rest.chars().next() {
        if let Some(length) = write_element(&mut out, &civil, rest) {
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Writes the layout element that `rest` starts with; returns its length.
fn write_element(out: &mut String, t: &DateTime, rest: &str) -> Option<usize> {
    let hour12 = if t.hour() % 12 == 0 { 12 } else { t.hour() % 12 };
    let month = MONTHS[usize::try_from(t.month() - 1).unwrap_or(0)];
    let weekday = WEEKDAYS[usize::try_from(t.weekday().to_sunday_zero_offset()).unwrap_or(0)];
    let year = t.year();
    let elements: [(&str, String); 31] = [
        ("January", month.to_owned()),
        ("Jan", month[..3].to_owned()),
        ("Monday", weekday.to_owned()),
        ("Mon", weekday[..3].to_owned()),
        ("MST", "UTC".to_owned()),
        ("2006", format!("{year:04}")),
        ("002", format!("{:03}", t.day_of_year())),
        ("01", format!("{:02}", t.month())),
        ("02", format!("{:02}", t.day())),
        ("03", format!("{hour12:02}")),
        ("04", format!("{:02}", t.minute())),
        ("05", format!("{:02}", t.second())),
        ("06", format!("{:02}", year.rem_euclid(100))),
        ("15", format!("{:02}", t.hour())),
        ("1", t.month().to_string()),
        ("2", t.day().to_string()),
        ("_2006", format!("_{year:04}")),
        ("__2", format!("{:>3}", t.day_of_year())),
        ("_2", format!("{:>2}", t.day())),
        ("3", hour12.to_string()),
        ("4", t.minute().to_string()),
        ("5", t.second().to_string()),
        ("PM", if t.hour() >= 12 { "PM" } else { "AM" }.to_owned()),
        ("pm", if t.hour() >= 12 { "pm" } else { "am" }.to_owned()),
        ("-07:00:00", "+00:00:00".to_owned()),
        ("-07:00", "+00:00".to_owned()),
        ("-070000", "+000000".to_owned()),
        ("-0700", "+0000".to_owned()),
        ("-07", "+00".to_owned()),
        ("Z07:00", "Z".to_owned()),
        ("Z0700", "Z".to_owned()),
    ];
    // A lower-case letter after a short name makes it a word: "Janet" is not a month.
    let is_word = |element: &str| {
        matches!(element, "Jan" | "Mon") && rest[3..].starts_with(|c: char| c.is_ascii_lowercase())
    };
    let element = elements.iter().find(|(e, _)| rest.starts_with(e) && !is_word(e));
    if let Some((element, text)) = element {
        out.push_str(text);
        return Some(element.len());
    }
    write_fraction(out, t, rest)
}

/// `.000` or `.999`: a fraction of a second, with or without trailing zeros.
fn write_fraction(out: &mut String, t: &DateTime, rest: &str) -> Option<usize> {
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digit = rest[1..].chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let count = rest[1..].chars().take_while(|c| *c == digit).count();
    if count > 9 || rest[1 + count..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{:09}", t.subsec_nanosecond());
    let digits = &digits[..count];
    let digits = if digit == '9' { digits.trim_end_matches('0') } else { digits };
    if !digits.is_empty() {
        let _ = write!(out, "{separator}{digits}");
    }
    Some(1 + count)
}

/// The nanoseconds of a time in seconds, cut to milliseconds as Prometheus does.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
#[expect(clippy::cast_precision_loss, reason = "Go compares with the same rounded limits")]
pub(super) fn from_seconds(seconds: f64) -> std::result::Result<i64, String> {
    if !seconds.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    let nanos = seconds * 1e9;
    if nanos > i64::MAX as f64 || nanos < i64::MIN as f64 {
        let value = number::format_g(seconds);
        return Err(format!(
            "{value} cannot be represented as a nanoseconds timestamp since it overflows int64"
        ));
    }
    Ok(nanos as i64 / 1_000_000 * 1_000_000)
}
