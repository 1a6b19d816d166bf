/** When a backup runs and what is kept, as one sentence each. */
import type { Keep, When } from "../../bindings";
import { t } from "../i18n";
import { list, percent, timeOfDay, weekdays } from "../i18n/format";

function often({ every }: When, place: string): string {
  switch (every.kind) {
    case "hours":
      return t("when.hours", { hours: every.at, place });
    case "daily":
      return t("when.daily", { time: timeOfDay(every.at), place });
    case "weekly": {
      const days = weekdays().filter(({ day }) => every.at.days.includes(day));
      return t("when.weekly", { days: list(days.map(({ long }) => long)), time: timeOfDay(every.at.time), place });
    }
    case "manual":
      return t("when.manual");
  }
}

/** When it runs; `place` is what the place is called. */
export function whenSentence(when: When, place: string): string {
  if (when.every.kind === "manual") return often(when, place);
  const parts = [often(when, place)];
  if (when.onlyOnPower) parts.push(t("when.power"));
  else if (when.minBattery !== null) parts.push(t("when.battery", { percent: percent(when.minBattery) }));
  if (when.quietHours) {
    const [from, to] = when.quietHours;
    parts.push(t("when.quiet", { from: timeOfDay(from), to: timeOfDay(to) }));
  }
  return parts.join(" ");
}

export function keepSentence({ months, fullEveryDays }: Keep): string {
  return t("keep.sentence", { months, days: fullEveryDays });
}
