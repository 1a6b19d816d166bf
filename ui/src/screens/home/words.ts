/** The sentences of the home screen that take more than one text of the catalogue. */
import type { Day, NextRun, Pause, RunFigures, RunView, WhereKept } from "../../bindings";
import { t } from "../../lib/i18n";
import { bytes, clock, day, dayAndClock, daysBetween, duration, fromIsoDay, longDay, opening } from "../../lib/i18n/format";

function whenNext(at: number, now: number): string {
  if (at <= now + 30) return t("next.soon");
  if (daysBetween(now, at) === 0) return t("next.today", { clock: clock(at) });
  return t("next.later", { day: day(at, now), clock: clock(at) });
}

/** When the next backup is, and why it waits: begins with a small letter. */
export function nextBackup(next: NextRun, kept: WhereKept, paused: Pause | null, now: number): string {
  switch (next.waits) {
    case null:
    case "not-due":
      return next.at === null ? t("next.unknown") : whenNext(next.at, now);
    case "paused":
      return pausedUntil(paused, now);
    case "drive-away":
      return t("next.drive-away", { place: kept.label });
    case "quiet-hours":
      return next.at === null ? t("next.quiet-hours") : whenNext(next.at, now);
    case "back-off":
      return next.at === null ? t("next.back-off") : t("next.back-off.at", { when: dayAndClock(next.at, now) });
    default:
      return t(`next.${next.waits}`);
  }
}

export function pausedUntil(paused: Pause | null, now: number): string {
  const until = paused?.until ?? null;
  return until === null ? t("next.paused") : t("next.paused.until", { when: dayAndClock(until, now) });
}

/** `84 changed, 6 new, 2 deleted`. */
export function whatChanged(figures: RunFigures): string {
  const { new: added, changed, deleted, full } = figures;
  if (full) return t("run.full", { added });
  if (added + changed + deleted === 0) return t("run.nothing");
  return t("run.changes", { changed, added, deleted });
}

/** `3.2 MB in 41 sec`. */
export function howMuch(figures: RunFigures): string {
  return t("run.sent", { bytes: bytes(figures.sent), duration: duration(figures.seconds) });
}

/** A day of the strip, in words. */
export function dayInWords({ date, outcome, runs }: Day, now: number): string {
  const at = fromIsoDay(date);
  const name = daysBetween(now, at) === 0 ? opening(day(at, now)) : longDay(at, now);
  return t(`strip.${outcome}.day`, { day: name, runs });
}

/** Runs for the list: skipped ones that follow each other for one reason are told once. */
export interface Told {
  run: RunView;
  /** How many there were, the oldest of them at `since`. */
  times: number;
  since: number;
}

export function together(runs: RunView[]): Told[] {
  const told: Told[] = [];
  for (const run of runs) {
    const before = told.at(-1);
    if (before && run.outcome === "skipped" && before.run.outcome === "skipped" && before.run.skipped === run.skipped) {
      before.times += 1;
      before.since = run.at;
    } else {
      told.push({ run, times: 1, since: run.at });
    }
  }
  return told;
}
