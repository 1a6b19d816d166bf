import { afterEach, expect, test, vi } from "vitest";
import { english, speak } from ".";
import { ago, bytes, clock, dayAndClock, duration, percent, timeOfDay, weekdays, weekOf } from "./format";
import { conventions, firstDayOfWeek } from "./region";

const NOW = Date.UTC(2026, 10, 22, 14, 12) / 1000;

function system(language: string) {
  vi.spyOn(navigator, "languages", "get").mockReturnValue([language]);
  speak(english);
}

afterEach(() => {
  vi.restoreAllMocks();
  speak(english);
});

test("sizes step at a thousand, and never read as a thousand of a unit", () => {
  system("en-GB");
  expect([0, 1, 999, 999_500, 1_234_567, 41e6, 212e9, 1.6e12].map(bytes)).toEqual(["0 bytes", "1 byte", "999 bytes", "1 MB", "1.2 MB", "41 MB", "212 GB", "1.6 TB"]);
});

test("durations tell their two largest units", () => {
  system("en-US");
  expect([0, 41, 720, 7500, 3600].map(duration)).toEqual(["1 sec", "41 sec", "12 min", "2 hr, 5 min", "1 hr"]);
});

test("a hundred percent is said at the end alone", () => {
  system("en-US");
  expect([99.97, 100].map(percent)).toEqual(["99%", "100%"]);
});

test("sentences are of one language, by the conventions of the system's region", () => {
  expect(conventions("en", "de-DE")).toBe("en-DE");
  expect(conventions("en", "de")).toBe("en-DE");
  expect(conventions("en", "en-GB")).toBe("en-GB");
  expect(conventions("en", "not a tag")).toBe("en");
  system("de-DE");
  expect(clock(NOW), "a clock of 24 hours").toBe("14:12");
  expect(dayAndClock(NOW + 86_400, NOW)).toBe("tomorrow, 14:12");
  expect(timeOfDay("18:00")).toBe("18:00");
  system("en-US");
  expect(timeOfDay("18:00")).toMatch(/^6:00\sPM$/u);
});

test("the week begins where the person is used to", () => {
  expect(["en-GB", "en-US", "ar-EG", "de-DE"].map(firstDayOfWeek)).toEqual([1, 7, 6, 1]);
  system("en-US");
  expect(weekdays()[0]).toMatchObject({ day: 7, long: "Sunday" });
  expect(weekOf(NOW), "a Sunday begins its own week there").toBe(Date.UTC(2026, 10, 22) / 1000);
  system("en-GB");
  expect(weekdays().map(({ day }) => day)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(weekOf(NOW)).toBe(Date.UTC(2026, 10, 16) / 1000);
});

test("the past is told as near as it helps", () => {
  system("en-GB");
  expect([10, 720, 3 * 3600, 30 * 3600, 40 * 86_400].map((seconds) => ago(NOW - seconds, NOW))).toEqual(["just now", "12 minutes ago", "3 hours ago", "yesterday", "last month"]);
});
