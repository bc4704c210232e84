//! The calendar in UTC: `year`, `month`, `day_of_month` and so on, of Unix times in seconds.
//!
//! Fractions are cut off toward zero. What does not fit 64 bits, NaN included, becomes the least
//! of them, and times wrap around as in Go on amd64; years are not limited to four digits, which
//! is why no calendar library does this.

const DAY: u64 = 86_400;
/// Seconds from where Go counts, 1 March of the year −292,277,022,400, to the Unix epoch.
const UNIX_EPOCH: i64 = 9_223_372_028_741_760_000;

/// Day of the month, from 1.
pub(crate) fn day_of_month(seconds: f64) -> f64 {
    civil(seconds).day as f64
}

/// Day of the week, Sunday is 0.
pub(crate) fn day_of_week(seconds: f64) -> f64 {
    (days(seconds) + 4).rem_euclid(7) as f64
}

/// Day of the year, from 1.
pub(crate) fn day_of_year(seconds: f64) -> f64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let Civil { year, month, day } = civil(seconds);
    let leap_day = i64::from(month > 2 && is_leap(year));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 12")]
    let before = BEFORE[(month - 1) as usize];
    (before + leap_day + day) as f64
}

/// Days of the month in which the time lies.
pub(crate) fn days_in_month(seconds: f64) -> f64 {
    let Civil { year, month, .. } = civil(seconds);
    match month {
        2 if is_leap(year) => 29.0,
        2 => 28.0,
        4 | 6 | 9 | 11 => 30.0,
        _ => 31.0,
    }
}

/// Hour of the day, from 0.
pub(crate) fn hour(seconds: f64) -> f64 {
    (absolute(seconds) % DAY / 3600) as f64
}

/// Minute of the hour, from 0.
pub(crate) fn minute(seconds: f64) -> f64 {
    (absolute(seconds) % 3600 / 60) as f64
}

/// Month of the year, from 1.
pub(crate) fn month(seconds: f64) -> f64 {
    civil(seconds).month as f64
}

/// Year.
pub(crate) fn year(seconds: f64) -> f64 {
    civil(seconds).year as f64
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
}

/// The date of a day, by eras of 400 years that begin on 1 March.
fn civil(seconds: f64) -> Civil {
    let z = days(seconds) + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    Civil {
        year: era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * march_month + 2) / 5 + 1,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since the Unix epoch.
fn days(seconds: f64) -> i64 {
    (absolute(seconds) / DAY).cast_signed() - UNIX_EPOCH / DAY.cast_signed()
}

/// Seconds since Go's zero; it wraps around.
fn absolute(seconds: f64) -> u64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "fractions go, the range is checked")]
    let whole = if (-LIMIT..LIMIT).contains(&seconds) { seconds as i64 } else { i64::MIN };
    whole.wrapping_add(UNIX_EPOCH).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(seconds: f64) -> String {
        format!(
            "{}-{}-{} {}:{} day {} of the week, {} of the year, {} in the month",
            year(seconds),
            month(seconds),
            day_of_month(seconds),
            hour(seconds),
            minute(seconds),
            day_of_week(seconds),
            day_of_year(seconds),
            days_in_month(seconds),
        )
    }

    #[test]
    fn dates() {
        for (seconds, expect) in [
            (0.0, "1970-1-1 0:0 day 4 of the week, 1 of the year, 31 in the month"),
            (-1.0, "1969-12-31 23:59 day 3 of the week, 365 of the year, 31 in the month"),
            (-0.9, "1970-1-1 0:0 day 4 of the week, 1 of the year, 31 in the month"),
            (1_136_239_445.0, "2006-1-2 22:4 day 1 of the week, 2 of the year, 31 in the month"),
            (1_456_790_399.9, "2016-2-29 23:59 day 1 of the week, 60 of the year, 29 in the month"),
            (
                1_483_228_799.0,
                "2016-12-31 23:59 day 6 of the week, 366 of the year, 31 in the month",
            ),
            (-2_203_891_200.0, "1900-3-1 0:0 day 4 of the week, 60 of the year, 31 in the month"),
        ] {
            assert_eq!(show(seconds), expect, "{seconds}");
        }
    }

    #[test]
    fn what_does_not_fit_wraps_around() {
        assert_eq!(show(f64::NAN), show(f64::INFINITY));
        assert_eq!(show(f64::NAN), show(-9_223_372_036_854_775_808.0));
    }

    proptest! {
        #[test]
        fn agrees_with_a_calendar(seconds in -62_135_596_800_i64..253_402_200_000) {
            let at = jiff::Timestamp::from_second(seconds).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
            let expect = format!(
                "{}-{}-{} {}:{} day {} of the week, {} of the year, {} in the month",
                at.year(), at.month(), at.day(), at.hour(), at.minute(),
                at.weekday().to_sunday_zero_offset(), at.day_of_year(), at.days_in_month(),
            );
            prop_assert_eq!(show(seconds as f64), expect);
        }
    }
}
