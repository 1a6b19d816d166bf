//! Time arguments, as duplicity reads them: `now`, seconds since 1970, date and time with or without a zone, an
//! interval into the past, or a date. Where the zone is missing, the local zone's standard time holds and summer time
//! is ignored, as duplicity does. The clock and the zone are passed in.

use backtrail_base::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// What time arguments are relative to.
#[derive(Debug, Clone)]
pub struct Now {
    /// The current moment.
    pub now: Timestamp,
    /// The local zone.
    pub zone: TimeZone,
    /// What stands for the colon besides the colon itself (`--time-separator`).
    pub separator: char,
}

/// Why a time argument cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the time {0:?} cannot be read")]
pub struct BadTime(pub String);

/// What to do about [`BadTime`].
pub(crate) const TIME_FORMS: &str =
    "Give an interval like 30D or 1h30m, a date like 2026-11-19, or a moment like 2026-11-19T09:00:00.";

impl Now {
    /// The moment that `text` names.
    ///
    /// # Errors
    /// [`BadTime`] with the text.
    pub fn moment(&self, text: &str) -> Result<Timestamp, BadTime> {
        let bad = || BadTime(text.to_owned());
        if text == "now" {
            return Ok(self.now);
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(Timestamp).map_err(|_| bad());
        }
        if let Some(moment) = self.date_time(text) {
            return Ok(moment);
        }
        if let Some(seconds) = interval(text) {
            return Ok(self.now.plus(-seconds));
        }
        let date = date(text).ok_or_else(bad)?;
        at(date.to_datetime(Time::midnight()), self.standard_offset()).ok_or_else(bad)
    }

    /// The number of seconds from the moment that `text` names until now.
    ///
    /// # Errors
    /// [`BadTime`] with the text.
    pub fn age(&self, text: &str) -> Result<i64, BadTime> {
        self.moment(text).map(|moment| self.now.0.saturating_sub(moment.0))
    }

    /// `YYYY-MM-DDTHH:MM:SS` with `Z`, `±HH:MM` or nothing behind it, or `YYYYMMDDTHHMMSSZ`.
    fn date_time(&self, text: &str) -> Option<Timestamp> {
        let (day, rest) = text.split_once('T')?;
        if day.len() == 8 {
            let clock = rest.strip_suffix('Z').filter(|clock| clock.len() == 6)?;
            let date = civil(digits(day, 0, 4)?, digits(day, 4, 2)?, digits(day, 6, 2)?)?;
            let time = time_of_day(digits(clock, 0, 2)?, digits(clock, 2, 2)?, digits(clock, 4, 2)?)?;
            return at(date.to_datetime(time), Offset::UTC);
        }
        let colon = |c: char| c == ':' || c == self.separator;
        let zone_at = rest.find(['Z', '+', '-']).filter(|_| self.separator != '-').or_else(|| {
            // With a dash for a separator, only what follows the eight characters of the time is a zone.
            (self.separator == '-' && rest.len() > 8).then_some(8)
        });
        let (clock, zone) = rest.split_at_checked(zone_at.unwrap_or(rest.len()))?;
        let mut parts = day.split('-');
        let date = civil(number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?)?;
        let mut parts_of_clock = clock.split(colon);
        let time = time_of_day(
            number(parts_of_clock.next()?)?,
            number(parts_of_clock.next()?)?,
            number(parts_of_clock.next()?)?,
        )?;
        if parts.next().is_some() || parts_of_clock.next().is_some() {
            return None;
        }
        let offset = match zone {
            "" => self.standard_offset(),
            "Z" => Offset::UTC,
            zone => {
                let sign = if zone.starts_with('-') { -1 } else { 1 };
                let (hours, minutes) = zone.get(1..)?.split_once(colon)?;
                if hours.len() != 2 || minutes.len() != 2 || !zone.starts_with(['+', '-']) {
                    return None;
                }
                let seconds = (number(hours)? * 60 + number(minutes)?) * 60;
                Offset::from_seconds(sign * i32::try_from(seconds).ok()?).ok()?
            }
        };
        at(date.to_datetime(time), offset)
    }

    /// The local zone's offset without summer time, in the current year.
    fn standard_offset(&self) -> Offset {
        let current = timestamp(self.now);
        let year = self.zone.to_datetime(current).year();
        for month in [1, 7] {
            let Ok(moment) = DateTime::new(year, month, 1, 12, 0, 0, 0) else { continue };
            let Ok(moment) = self.zone.to_timestamp(moment) else { continue };
            let info = self.zone.to_offset_info(moment);
            if info.dst().is_std() {
                return info.offset();
            }
        }
        self.zone.to_offset(current)
    }
}

/// The library's form of a moment, clamped to what it can hold.
pub(crate) fn timestamp(moment: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(moment.0).unwrap_or(if moment.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

fn at(moment: DateTime, offset: Offset) -> Option<Timestamp> {
    offset.to_timestamp(moment).ok().map(|moment| Timestamp(moment.as_second()))
}

/// `2Y`, `1h30m`, …: the sum in seconds. A month has 30 days and a year 365.
fn interval(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest.get(..end)?.parse().ok()?;
        let unit = match rest.as_bytes().get(end)? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'D' => 86_400,
            b'W' => 7 * 86_400,
            b'M' => 30 * 86_400,
            b'Y' => 365 * 86_400,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(unit)?)?;
        rest = rest.get(end + 1..)?;
    }
    Some(total)
}

/// `2026-11-19`, `2026/11/19`, `11/19/2026`, `11-19-2026` or `20261119Z`.
fn date(text: &str) -> Option<Date> {
    if let Some(day) = text.strip_suffix('Z').filter(|day| day.len() == 8) {
        return civil(digits(day, 0, 4)?, digits(day, 4, 2)?, digits(day, 6, 2)?);
    }
    let parts: Vec<_> = text.split(['-', '/']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, first, second) };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    civil(number(year)?, number(month)?, number(day)?)
}

fn civil(year: i64, month: i64, day: i64) -> Option<Date> {
    if !(1901..2100).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn time_of_day(hour: i64, minute: i64, second: i64) -> Option<Time> {
    // A leap second counts as the second before it.
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second.min(59)).ok()?, 0)
        .ok()
}

fn digits(text: &str, from: usize, count: usize) -> Option<i64> {
    number(text.get(from..from + count)?)
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 04:54:04 UTC in a zone with summer time, one hour ahead of UTC in winter.
    fn berlin() -> Now {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        Now { now: Timestamp(1_795_323_244), zone, separator: ':' }
    }

    #[test]
    fn every_form_of_the_manual_is_read() {
        let now = berlin();
        for (text, expected) in [
            ("now", 1_795_323_244),
            ("1000000000", 1_000_000_000),
            ("2002-04-25T07:00:00+02:00", 1_019_710_800),
            ("2002-04-25T07:00:00Z", 1_019_718_000),
            ("20020425T070000Z", 1_019_718_000),
            // In April summer time holds, which duplicity ignores: the offset is +01:00.
            ("2002-04-25T07:00:00", 1_019_714_400),
            ("3D64s", 1_795_323_244 - 3 * 86_400 - 64),
            ("1h78m", 1_795_323_244 - 3600 - 78 * 60),
            ("1Y2M3W", 1_795_323_244 - (365 + 60 + 21) * 86_400),
            ("2002/3/23", 1_016_838_000),
            ("2002-03-23", 1_016_838_000),
            ("3/23/2002", 1_016_838_000),
            ("3-23-2002", 1_016_838_000),
            ("20020323Z", 1_016_838_000),
        ] {
            assert_eq!(now.moment(text), Ok(Timestamp(expected)), "{text} as duplicity reads it");
        }
    }

    #[test]
    fn standard_time_holds_in_summer_too() {
        let mut now = berlin();
        now.now = Timestamp(1_784_000_000); // July 2026
        assert_eq!(
            now.moment("2026-01-01"),
            Ok(Timestamp(1_767_222_000)),
            "a run in July must mean the same moment as one in November"
        );
    }

    #[test]
    fn the_separator_of_old_names_is_read() {
        let mut now = berlin();
        now.separator = '_';
        assert_eq!(now.moment("2002-04-25T07_00_00-07_00"), Ok(Timestamp(1_019_743_200)));
        now.separator = '-';
        assert_eq!(now.moment("2002-04-25T07-00-00-07-00"), Ok(Timestamp(1_019_743_200)));
    }

    #[test]
    fn an_age_is_counted_back_from_now() {
        let now = berlin();
        assert_eq!(now.age("30D"), Ok(30 * 86_400), "an interval is its own age");
        assert_eq!(now.age("now"), Ok(0));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let now = berlin();
        for text in [
            "",
            "x",
            "30",
            "D",
            "30d",
            "-3D",
            "3D-",
            "2026-13-01",
            "2026-02-30",
            "2026-11-19T25:00:00",
            "2026-11-19T09:00",
            "2026-11-19T09:00:00+1:00",
            "1800-01-01",
            "20261119",
            "tomorrow",
            "99999999999999Y",
            "2026-11-19T",
            "T",
            "é-1-1",
            "3é",
        ] {
            // Digits alone are seconds since 1970, which is the one thing here that is a time.
            let digits_only = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            assert_eq!(now.moment(text).is_ok(), digits_only, "{text:?}");
        }
    }
}
