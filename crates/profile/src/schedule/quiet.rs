//! Hours in which nothing begins, on the clock on the wall: they follow the changes of daylight saving time.

use jiff::civil::Time;
use jiff::{ToSpan as _, Zoned};

/// Whether it is now a time at which nothing may begin. Equal ends are no hours at all, not the whole day.
pub(super) fn is_quiet(hours: Option<(Time, Time)>, now: &Zoned) -> bool {
    let time = now.time();
    hours.is_some_and(
        |(from, to)| {
            if from <= to { (from..to).contains(&time) } else { time >= from || time < to }
        },
    )
}

/// The first moment from `moment` on that is not quiet: itself, the end of the hours, or a change of the clock that
/// leaps over their end.
pub(super) fn after(hours: Option<(Time, Time)>, moment: &Zoned) -> Zoned {
    let Some((_, to)) = hours.filter(|_| is_quiet(hours, moment)) else { return moment.clone() };
    let zone = moment.time_zone();
    // Two days suffice: the end comes once a day, also where one of them is left out of the calendar.
    let days = (0..=2).filter_map(|days| moment.date().checked_add(days.days()).ok());
    let ends = days.flat_map(|date| {
        let end = zone.to_ambiguous_zoned(date.to_datetime(to));
        [end.clone().earlier().ok(), end.later().ok()]
    });
    let changes = zone
        .following(moment.timestamp())
        .take(2)
        .map(|change| Some(change.timestamp().to_zoned(zone.clone())));
    let mut moments: Vec<Zoned> = ends.chain(changes).flatten().filter(|end| end > moment).collect();
    moments.sort();
    moments.into_iter().find(|end| !is_quiet(hours, end)).unwrap_or_else(|| moment.clone())
}
