/** Numbers, sizes and times as a person reads them, by the conventions of `locale()`. Times are Unix seconds. */
import { locale, t } from ".";
import { firstDayOfWeek } from "./region";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** A size in units of 1000, as file managers and drive makers count: `41 MB`. */
export function bytes(count: number): string {
  let amount = count;
  let step = 0;
  // 999.6 kB would be written as 1,000 kB.
  while (amount >= 999.5 && step < UNITS.length - 1) {
    amount /= 1000;
    step += 1;
  }
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step > 0 && amount < 9.95 ? 1 : 0,
  }).format(amount);
}

/** `84 MB/s`. */
export function rate(bytesPerSecond: number): string {
  return t("format.rate", { bytes: bytes(bytesPerSecond) });
}

export function count(number: number): string {
  return new Intl.NumberFormat(locale()).format(number);
}

/** Of a hundred: `43%`, never 100 before the end. */
export function percent(done: number): string {
  return new Intl.NumberFormat(locale(), { style: "percent" }).format(Math.floor(done) / 100);
}

function unit(amount: number, name: "second" | "minute" | "hour" | "day"): string {
  return new Intl.NumberFormat(locale(), { style: "unit", unit: name, unitDisplay: "short" }).format(amount);
}

/** `41 sec`, `12 min`, `2 hr, 5 min`: the two largest units, the smaller only where it matters. */
export function duration(seconds: number): string {
  if (seconds < 60) return unit(Math.max(1, Math.round(seconds)), "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, "minute");
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours >= 24) return list([unit(Math.floor(hours / 24), "day"), ...(hours % 24 ? [unit(hours % 24, "hour")] : [])], "unit");
  return list([unit(hours, "hour"), ...(rest ? [unit(rest, "minute")] : [])], "unit");
}

export function list(items: string[], type: "conjunction" | "unit" = "conjunction"): string {
  return new Intl.ListFormat(locale(), { type, style: type === "unit" ? "short" : "long" }).format(items);
}

function date(at: number): Date {
  return new Date(at * 1000);
}

function write(at: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(), options).format(date(at));
}

/** Midnight where the person is, as Unix seconds. */
export function midnight(at: number): number {
  return Math.floor(date(at).setHours(0, 0, 0, 0) / 1000);
}

/** Days from one moment to another by the calendar: 0 is the same day, -1 the day before. */
export function daysBetween(from: number, to: number): number {
  return Math.round((midnight(to) - midnight(from)) / 86_400);
}

/** The first midnight of the week that a moment lies in. */
export function weekOf(at: number): number {
  const weekday = ((date(at).getDay() + 6) % 7) + 1;
  const start = date(midnight(at));
  start.setDate(start.getDate() - ((weekday - firstDayOfWeek(locale()) + 7) % 7));
  return Math.floor(start.getTime() / 1000);
}

/** Weekdays in the order of the person's week: number (1 is Monday), short and long name. */
export function weekdays(): { day: number; short: string; long: string }[] {
  const first = firstDayOfWeek(locale());
  return Array.from({ length: 7 }, (_, index) => {
    const day = ((first - 1 + index) % 7) + 1;
    const at = Date.UTC(2024, 0, day) / 1000; // January 2024 began on a Monday
    const name = (weekday: "short" | "long") => write(at, { weekday, timeZone: "UTC" });
    return { day, short: name("short"), long: name("long") };
  });
}

/** `15:00`. */
export function clock(at: number): string {
  return write(at, { timeStyle: "short" });
}

/** A time of day such as `18:00`, as it is written here. */
export function timeOfDay(time: string): string {
  const [hours, minutes] = time.split(":").map(Number);
  const at = Date.UTC(2024, 0, 1, hours ?? 0, minutes ?? 0) / 1000;
  return write(at, { timeStyle: "short", timeZone: "UTC" });
}

/** `Thursday, 19 November`, with the year where it is another one. */
export function longDay(at: number, now: number): string {
  const year = date(at).getFullYear() === date(now).getFullYear() ? {} : { year: "numeric" as const };
  return write(at, { weekday: "long", day: "numeric", month: "long", ...year });
}

/** `today`, `yesterday`, `Tuesday`, `19 November`, `3 May 2025`: as near as it helps. */
export function day(at: number, now: number): string {
  const days = daysBetween(now, at);
  if (Math.abs(days) <= 1) return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day");
  if (days < 0 && days > -7) return write(at, { weekday: "long" });
  if (days > 0 && days < 7) return write(at, { weekday: "long" });
  const year = date(at).getFullYear() === date(now).getFullYear() ? {} : { year: "numeric" as const };
  return write(at, { day: "numeric", month: "long", ...year });
}

/** The clock alone for today, else the day with it: `15:00`, `tomorrow, 15:00`. */
export function dayAndClock(at: number, now: number): string {
  if (daysBetween(now, at) === 0) return clock(at);
  return t("format.day-and-clock", { day: day(at, now), clock: clock(at) });
}

/** `12 minutes ago`, `in 3 hours`; days by the calendar. */
export function ago(at: number, now: number): string {
  const seconds = at - now;
  if (Math.abs(seconds) < 45) return t("format.just-now");
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const minutes = Math.round(seconds / 60);
  if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
  const hours = Math.round(seconds / 3600);
  if (Math.abs(hours) < 22) return words.format(hours, "hour");
  const days = daysBetween(now, at);
  if (Math.abs(days) < 31) return words.format(days, "day");
  const months = Math.round(days / 30.44);
  return Math.abs(months) < 12 ? words.format(months, "month") : words.format(Math.round(days / 365.25), "year");
}

/** `19 Nov, 08:41`; where the year is another one, the year with the clock only where it is wanted: for columns. */
export function shortDate(at: number, now: number, clockToo = false): string {
  const same = date(at).getFullYear() === date(now).getFullYear();
  const clockPart = same || clockToo ? ({ hour: "numeric", minute: "2-digit" } as const) : {};
  return write(at, { day: "numeric", month: "short", ...(same ? {} : { year: "numeric" }), ...clockPart });
}

/** `Thursday 19`. */
export function weekdayAndDay(at: number): string {
  return write(at, { weekday: "long", day: "numeric" });
}

/** `October 2025`. */
export function month(at: number): string {
  return write(at, { month: "long", year: "numeric" });
}

/** `9 Nov`, with the year where it is another one. */
export function dayOfMonth(at: number, now: number): string {
  const year = date(at).getFullYear() === date(now).getFullYear() ? {} : { year: "numeric" as const };
  return write(at, { day: "numeric", month: "short", ...year });
}

/** The first letter large, as at the start of a line. */
export function opening(text: string): string {
  const [first = ""] = text;
  return first.toLocaleUpperCase(locale()) + text.slice(first.length);
}

/** A calendar day such as `2026-11-22` as Unix seconds, at noon there. */
export function fromIsoDay(text: string): number {
  const [year = 1970, monthNumber = 1, dayNumber = 1] = text.split("-").map(Number);
  return Math.floor(new Date(year, monthNumber - 1, dayNumber, 12).getTime() / 1000);
}
