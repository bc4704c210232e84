//! Parts of dates, in UTC.

use promql::FunctionId;

const DAY: i128 = 86_400;

/// Seconds from the beginning of Go's calendar to 1970: times before it wrap around.
const BEFORE_1970: i128 = 9_223_372_028_741_760_000;

/// A function of seconds since 1970.
pub(super) fn part(function: FunctionId) -> Option<fn(i64) -> f64> {
    use FunctionId as F;
    Some(match function {
        F::Minute => |s| (wrapped(s).rem_euclid(3600) / 60) as f64,
        F::Hour => |s| (wrapped(s).rem_euclid(DAY) / 3600) as f64,
        // 1970 began on a Thursday.
        F::DayOfWeek => |s| (wrapped(s).div_euclid(DAY) + 4).rem_euclid(7) as f64,
        F::DayOfMonth => |s| Date::of(s).day as f64,
        F::DayOfYear => |s| Date::of(s).day_of_year() as f64,
        F::DaysInMonth => |s| {
            let date = Date::of(s);
            days_in_month(date.year, date.month) as f64
        },
        F::Month => |s| Date::of(s).month as f64,
        F::Year => |s| Date::of(s).year as f64,
        _ => return None,
    })
}

/// A float as whole seconds, cut towards zero. What does not fit becomes the least integer.
#[expect(clippy::cast_possible_truncation, reason = "it was checked to fit")]
pub(super) fn whole_seconds(v: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&v) { v as i64 } else { i64::MIN }
}

fn wrapped(seconds: i64) -> i128 {
    let seconds = i128::from(seconds);
    if seconds + BEFORE_1970 < 0 { seconds + (1 << 64) } else { seconds }
}

struct Date {
    year: i128,
    /// From 1.
    month: i128,
    /// From 1.
    day: i128,
}

impl Date {
    fn of(seconds: i64) -> Self {
        let mut days = wrapped(seconds).div_euclid(DAY);
        // 400 years have always as many days.
        let mut year = 1970 + 400 * days.div_euclid(146_097);
        days = days.rem_euclid(146_097);
        while days >= days_in_year(year) {
            days -= days_in_year(year);
            year += 1;
        }
        let mut month = 1;
        while days >= days_in_month(year, month) {
            days -= days_in_month(year, month);
            month += 1;
        }
        Self { year, month, day: days + 1 }
    }

    fn day_of_year(&self) -> i128 {
        (1..self.month).map(|month| days_in_month(self.year, month)).sum::<i128>() + self.day
    }
}

fn is_leap(year: i128) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn days_in_year(year: i128) -> i128 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: i128, month: i128) -> i128 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
