//! Times in names: `YYYYMMDDTHHMMSSZ` as written today, and `YYYY-MM-DDTHH:MM:SS±HH:MM` as old versions wrote them.
//! UTC arithmetic only; the local time zone is never asked.

use backtrail_base::Timestamp;

const DAY: i64 = 86_400;

/// Days from 1970-01-01 to the first of a month, in the proleptic Gregorian calendar.
fn days_to_month(year: i64, month: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

/// The moment as names have it, `YYYYMMDDTHHMMSSZ` in UTC. Exact for the years 0 to 9999, the only ones that fit.
#[must_use]
pub fn time_text(time: Timestamp) -> String {
    let (days, seconds) = (time.0.div_euclid(DAY), time.0.rem_euclid(DAY));
    // The inverse of `days_to_month`, by the same March-based years.
    let shifted = i128::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Reads a time of a name, in either form and either case. None for what is no time, for a year outside
/// 1901 to 2099, and for the very moment 0, which stock duplicity takes for no time at all.
#[must_use]
pub fn parse_time(text: &str, time_separator: char) -> Option<Timestamp> {
    let text = text.to_ascii_uppercase();
    let seconds = if text.len() == 16 { parse_new(&text) } else { parse_old(&text, time_separator) }?;
    (seconds != 0).then_some(Timestamp(seconds))
}

fn parse_new(text: &str) -> Option<i64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || clock.len() != 6 {
        return None;
    }
    let field = |text: &str, from: usize, to: usize| number(text.get(from..to)?);
    let day = (field(date, 0, 4)?, field(date, 4, 6)?, field(date, 6, 8)?);
    seconds(day, (field(clock, 0, 2)?, field(clock, 2, 4)?, field(clock, 4, 6)?))
}

fn parse_old(text: &str, separator: char) -> Option<i64> {
    // What follows the date and the T has the separator, which may be any character.
    let (date, rest) = text.split_once('T')?;
    let mut date = date.split('-').map(number);
    let day = (date.next()??, date.next()??, date.next()??);
    if date.next().is_some() {
        return None;
    }
    let separator = separator.to_ascii_uppercase();
    let (hour, rest) = two_digits(rest)?;
    let (minute, rest) = two_digits(rest.strip_prefix(separator)?)?;
    let (second, zone) = two_digits(rest.strip_prefix(separator)?)?;
    let offset = if zone == "Z" {
        0
    } else {
        let sign = match zone.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let (hours, rest) = two_digits(&zone[1..])?;
        let (minutes, rest) = two_digits(rest.strip_prefix(separator)?)?;
        if !rest.is_empty() {
            return None;
        }
        sign * (hours * 60 + minutes) * 60
    };
    Some(seconds(day, (hour, minute, second))? - offset)
}

fn two_digits(text: &str) -> Option<(i64, &str)> {
    Some((number(text.get(..2)?)?, text.get(2..)?))
}

fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn seconds((year, month, day): (i64, i64, i64), (hour, minute, second): (i64, i64, i64)) -> Option<i64> {
    // The ranges stock duplicity checks: a leap second passes, and so does a 31st of a shorter month.
    let valid = (1901..2100).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 61;
    valid.then(|| (days_to_month(year, month) + day - 1) * DAY + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_read_as_stock_reads_them() {
        // genstrtotime() of stock 3.2.1 for each.
        let known = [
            ("20260102T030405Z", 1_767_323_045),
            ("20260102t030405z", 1_767_323_045),
            ("20000229T235959Z", 951_868_799),
            ("20260231T000000Z", 1_772_496_000),
            ("20161231T235960Z", 1_483_228_800),
            ("19691231T235959Z", -1),
            ("2026-01-02T03:04:05+01:00", 1_767_319_445),
            ("2026-01-02T03:04:05-05:00", 1_767_341_045),
            ("2026-01-02T03:04:05Z", 1_767_323_045),
        ];
        for (text, expected) in known {
            assert_eq!(
                parse_time(text, ':'),
                Some(Timestamp(expected)),
                "{text} must be the moment stock reads"
            );
        }
        assert_eq!(parse_time("2026-01-02T03_04_05+01_00", '_'), Some(Timestamp(1_767_319_445)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let texts = [
            "",
            "19700101T000000Z",
            "18991231T000000Z",
            "21000101T000000Z",
            "20261301T000000Z",
            "20260101T240000Z",
            "2026010aT000000Z",
            "+2260101T000000Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05+0100",
            "2026-01-02T03_04_05+01:00",
            "é026-01-02T03:04:05+01:00",
            "2026-01-02T03:04:05é01:00",
        ];
        for text in texts {
            assert_eq!(parse_time(text, ':'), None, "{text:?} is no time of a name");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn times_round_trip(seconds in -2_177_452_800_i64..4_102_444_800) {
            prop_assume!(seconds != 0);
            prop_assert_eq!(parse_time(&time_text(Timestamp(seconds)), ':'), Some(Timestamp(seconds)));
        }

        #[test]
        fn any_moment_and_any_text_are_survived(seconds: i64, text in "\\PC*", separator: char) {
            let _ = time_text(Timestamp(seconds));
            let _ = parse_time(&text, separator);
        }
    }
}
