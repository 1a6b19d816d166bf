/** Moments on the trail: the latest by day, older ones by week, then by month. */
import type { MomentView } from "../../bindings";
import { t } from "../../lib/i18n";
import { clock, day, dayOfMonth, daysBetween, longDay, midnight, month, opening, shortDate, weekdayAndDay, weekOf } from "../../lib/i18n/format";

/** Moments that belong together. */
export interface Group {
  key: string;
  title: string;
  moments: MomentView[];
  /** Whether its moments are told by the clock alone. */
  oneDay: boolean;
}

const DAYS = 7;
const WEEKS = 5 * 7;

function place(at: number, now: number): Omit<Group, "moments"> {
  const days = daysBetween(at, now);
  if (days < DAYS) {
    const title = days <= 1 ? opening(day(at, now)) : weekdayAndDay(at);
    return { key: `day ${midnight(at)}`, title, oneDay: true };
  }
  if (days < WEEKS) {
    const week = weekOf(at);
    return { key: `week ${week}`, title: t("trail.week", { day: dayOfMonth(week, now) }), oneDay: false };
  }
  const title = month(at);
  return { key: `month ${title}`, title, oneDay: false };
}

/** In groups, the newest first, as they came. */
export function groups(moments: MomentView[], now: number): Group[] {
  const found: Group[] = [];
  for (const moment of moments) {
    const group = place(moment.at, now);
    const last = found.at(-1);
    if (last?.key === group.key) last.moments.push(moment);
    else found.push({ ...group, moments: [moment] });
  }
  return found;
}

/** Which groups are open at first: the nearest, until there is enough to see. */
export function openAtFirst(all: Group[], enough = 20): Set<string> {
  const open = new Set<string>();
  let shown = 0;
  for (const { key, moments } of all) {
    if (open.size > 0 && shown + moments.length > enough) break;
    open.add(key);
    shown += moments.length;
  }
  return open;
}

/** A moment in its group. */
export function momentInWords(moment: MomentView, oneDay: boolean, now: number): string {
  const when = oneDay ? clock(moment.at) : shortDate(moment.at, now, true);
  return moment.changes ? t("trail.moment", { when, changes: moment.changes }) : when;
}

/** `Thursday, 19 November, 09:00`. */
export function momentInFull(at: number, now: number): string {
  return t("format.day-and-clock", { day: longDay(at, now), clock: clock(at) });
}
