/** What a background would answer, for tests and pictures: one person, a drive, some weeks of backups. */
import type {
  About, Day, DayOutcome, Entry, Failure, Home, Listing, Measured, MomentView, ProfileSettings, ProfileView, Progress, RestoreResult,
  RestoreSheet, RunView, SettingsView, SetupView,
} from "../bindings";

/** Sunday 22 November 2026, 14:12 in UTC. */
export const NOW = Date.UTC(2026, 10, 22, 14, 12) / 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const GB = 1e9;

export const about: About = {
  version: "0.1.0",
  licence: "GPL-3.0-or-later",
  stockDuplicity: { oldest: "0.8.22", newest: "3.2.1" },
  folders: {
    data: "/home/ada/.local/share/backtrail",
    config: "/home/ada/.config/backtrail",
    cache: "/home/ada/.cache/backtrail",
    logs: "/home/ada/.local/state/backtrail",
  },
};

export const failure = (code = "no-space"): Failure => ({
  code,
  message: "There is no space left on “Backup Plus”.",
  advice: "Delete something on it, or keep backups for a shorter time.",
  step: "try-again",
  details: "write /media/ada/Backup Plus/Backtrail/ada-home/duplicity-inc.20261122T140000Z.vol3.difftar.gpg: ENOSPC",
});

export const run = (over: Partial<RunView> = {}): RunView => ({
  at: NOW - 12 * 60,
  outcome: "done",
  figures: { full: false, new: 6, changed: 84, deleted: 2, sent: 3_200_000, seconds: 41 },
  skipped: null,
  failure: null,
  warnings: [],
  warningCount: 0,
  ...over,
});

export const warned = run({
  at: NOW - 72 * 60,
  outcome: "warnings",
  figures: { full: false, new: 0, changed: 31, deleted: 0, sent: 1_100_000, seconds: 38 },
  warnings: [
    { code: "changed-while-read", path: "/home/ada/Documents/thesis.odt", message: "The file changed while it was read; it is backed up again next time." },
    { code: "not-readable", path: "/home/ada/.cache-of-another-user", message: "Permission was denied." },
  ],
  warningCount: 2,
});

export const days = (worst: Partial<Record<number, DayOutcome>> = { 3: "skipped", 4: "skipped", 9: "failed", 10: "warnings", 17: "skipped", 21: "warnings" }): Day[] =>
  Array.from({ length: 30 }, (_, index) => {
    const outcome = worst[index] ?? "ok";
    return {
      date: new Date((NOW - (29 - index) * DAY) * 1000).toISOString().slice(0, 10),
      outcome,
      runs: outcome === "ok" ? 7 + (index % 4) : 0,
    };
  });

export const profile = (over: Partial<ProfileView> = {}): ProfileView => ({
  id: "p1",
  name: "Home",
  state: "backed-up",
  sources: ["Home", "Photos"],
  files: 148_302,
  bytes: 212 * GB,
  kept: { label: "Backup Plus", address: "file:///media/ada/Backup Plus/Backtrail/ada-home", here: true, used: 96 * GB, free: 1600 * GB, total: 2000 * GB },
  last: run(),
  lastGood: NOW - 12 * 60,
  next: { at: NOW + 48 * 60, waits: "not-due" },
  proven: { at: NOW - 5 * DAY, file: "invoice-2026-07.pdf", good: true },
  days: days(),
  lately: [
    run(),
    warned,
    run({ at: NOW - 2 * HOUR, outcome: "skipped", figures: null, skipped: "on-battery" }),
    run({ at: NOW - 3 * HOUR, outcome: "skipped", figures: null, skipped: "on-battery" }),
    run({ at: NOW - 20 * HOUR, figures: { full: false, new: 0, changed: 0, deleted: 0, sent: 4200, seconds: 6 } }),
    run({ at: NOW - 3 * DAY, figures: { full: false, new: 1204, changed: 12, deleted: 3, sent: 840_000_000, seconds: 190 } }),
  ],
  running: null,
  kitSaved: NOW - 20 * DAY,
  ...over,
});

export const progress = (over: Partial<Progress> = {}): Progress => ({
  job: "j1",
  profile: "p1",
  stage: "backing-up",
  percent: 43.2,
  files: 61_000,
  filesTotal: 148_302,
  bytes: 91.4 * GB,
  bytesTotal: 212 * GB,
  sent: 60 * GB,
  bytesPerSecond: 84e6,
  secondsLeft: 1436,
  current: "/home/ada/Pictures/2026/07 Lisbon/IMG_20260714_183012.dng",
  started: NOW - 1200,
  paused: false,
  ...over,
});

export const home = (over: Partial<Home> = {}): Home => ({
  overall: "backed-up",
  profiles: [profile()],
  banners: [],
  paused: null,
  unfinishedSetup: false,
  now: NOW,
  ...over,
});

export const notSetUp = home({ overall: "not-set-up", profiles: [] });

export const when = {
  every: { kind: "hours", at: 1 },
  onlyOnPower: false,
  minBattery: 20,
  metered: false,
  quietHours: null,
} satisfies SetupView["when"];

export const keep = { months: 6, fullEveryDays: 90 };

const excludeIds = ["caches", "cache-tagged", "trash", "downloads", "node-modules", "build-folders", "virtual-machines"];
const excludes = () => excludeIds.map((id) => ({ id, chosen: id !== "downloads" }));

export const setup = (over: Partial<SetupView> = {}): SetupView => ({
  sources: [{ id: "s1", label: "Home", path: "/home/ada", home: true, chosen: true }],
  excludes: excludes(),
  places: [
    { id: "d1", kind: "drive", label: "Backup Plus", path: "/media/ada/Backup Plus/Backtrail/ada-home", free: 1600 * GB, total: 2000 * GB, chosen: true, caution: null },
    { id: "d2", kind: "drive", label: "KINGSTON", path: "/media/ada/KINGSTON/Backtrail/ada-home", free: 28 * GB, total: 32 * GB, chosen: false, caution: "little-space" },
  ],
  protect: "new-key",
  keyring: "ready",
  when: structuredClone(when),
  keep: { ...keep },
  kitSaved: null,
  keyMade: false,
  ...over,
});

export const measured: Measured = {
  bytes: 212 * GB,
  files: 148_302,
  folders: [
    { label: "Pictures", bytes: 128 * GB },
    { label: "Videos", bytes: 41 * GB },
    { label: "Documents", bytes: 22 * GB },
    { label: "Projects", bytes: 14 * GB },
    { label: "Music", bytes: 7 * GB },
  ],
  excludes: excludeIds.map((label, index) => ({ label, bytes: [9.1, 2.4, 3.8, 18, 6.2, 11, 0][index]! * GB })),
  done: true,
};

export const words = "cobalt-harvest-napkin-orbit-velvet-quarry";

export const kitSaved = { path: "/home/ada/Documents/Backtrail recovery kit – ada-home.pdf", proved: NOW, withWords: false };

/** Some weeks of moments: hourly today, then thinner. */
export const moments: MomentView[] = [
  ...[12, 72, 132, 192, 312].map((minutes, index) => ({ at: NOW - minutes * 60, changes: [92, 0, 4, 0, 37][index]! })),
  ...[26, 29, 50, 53, 55, 76, 79].map((hours, index) => ({ at: NOW - hours * HOUR, changes: [0, 1204, 18, 0, 3, 37, 0][index]! })),
  ...[9, 10, 11, 12, 13, 16, 18, 20, 25, 30].map((number, index) => ({ at: NOW - number * DAY - index * 900, changes: 5 + index * 7 })),
  ...[45, 52, 60, 75, 90, 330, 400].map((number) => ({ at: NOW - number * DAY, changes: 210 })),
].map(({ at, changes }, index) => ({ id: `m${index}`, at, full: index === 28, changes, stored: 3_000_000 + index * 10_000 }));

const entry = (name: string, kind: Entry["kind"], size: number | null, ago: number): Entry => ({ id: `e:${name}`, name, kind, size, modified: NOW - ago });

const documents: Entry[] = [
  entry("Contracts", "folder", null, 40 * DAY),
  entry("figures", "folder", null, 3 * DAY),
  entry("Letters and applications", "folder", null, 400 * DAY),
  entry("bibliography.bib", "file", 212_000, 20 * DAY),
  entry("chapter-4-old.odt", "file", 880_000, 4 * DAY),
  entry("Meeting notes of the committee for the renewal of the reading room, second draft, with comments.odt", "file", 48_000, 12 * DAY),
  entry("latest", "link", 24, 30 * DAY),
  entry("notes.md", "file", 14_200, 2 * DAY),
  entry("submission.pdf", "file", 6_300_000, 21 * DAY),
  entry("thesis.odt", "file", 1_900_000, 3 * HOUR),
];
const root = { id: "e:/", name: "/", kind: "folder", size: null, modified: null } satisfies Entry;

/** A folder tree: `/`, `home`, `ada`, and in `Documents` what a person has; `Many` has a hundred thousand. */
export function browse(folder: string | null, offset: number, limit: number): Listing {
  const at = (trail: Entry[], entries: Entry[], total = entries.length): Listing => ({ trail, entries: entries.slice(0, limit), total, offset });
  const [homes, ada] = [entry("home", "folder", null, DAY), entry("ada", "folder", null, DAY)];
  const inHome = ["Documents", "Music", "Pictures", "Projects", "Videos", "Many"].map((name, index) => entry(name, "folder", null, (index + 1) * 3 * DAY));
  switch (folder) {
    case null:
    case root.id:
      return at([root], [homes]);
    case homes.id:
      return at([root, homes], [ada]);
    case ada.id:
      return at([root, homes, ada], [...inHome, entry(".bashrc", "file", 3_500, 300 * DAY), entry("todo.txt", "file", 910, 2 * HOUR)]);
    case "e:Documents":
      return at([root, homes, ada, inHome[0]!], documents);
    case "e:Many": {
      const total = 100_000;
      const length = Math.min(limit, total - offset);
      return at([root, homes, ada, inHome[5]!], Array.from({ length }, (_, index) => entry(`IMG_${String(offset + index).padStart(6, "0")}.jpg`, "file", 2_400_000 + index, 40 * DAY)), total);
    }
    default:
      return at([root, homes, ada, { ...entry(folder.slice(2), "folder", null, DAY) }], []);
  }
}

export const sheet: RestoreSheet = { files: 214, bytes: 43_000_000, fetch: 38_000_000, free: 154 * GB, inTheWay: 2, target: "/home/ada/Documents" };

export const result = (over: Partial<RestoreResult> = {}): RestoreResult => ({
  job: "r1",
  files: 214,
  bytes: 43_000_000,
  places: [
    { id: "pl1", path: "/home/ada/Documents/thesis (from 2026-11-22 14.00).odt" },
    { id: "pl2", path: "/home/ada/Documents/figures (from 2026-11-22 14.00)" },
  ],
  problems: [],
  failure: null,
  ...over,
});

export const profileSettings = (over: Partial<ProfileSettings> = {}): ProfileSettings => ({
  id: "p1",
  name: "Home",
  sources: [
    { id: "s1", label: "Home", path: "/home/ada", home: true, chosen: true },
    { id: "s2", label: "Photos", path: "/srv/photos", home: false, chosen: true },
  ],
  excludes: excludes(),
  patterns: ["/home/ada/Videos/raw"],
  kept: profile().kept,
  when: structuredClone(when),
  keep: { ...keep },
  proveWeekly: true,
  fingerprint: "4F1C 09AB 77D2 6E10 3B5A C2D4 91E8 0F67 A5B3 12CD",
  kitSaved: NOW - 20 * DAY,
  ...over,
});

export const settings = (over: Partial<SettingsView> = {}): SettingsView => ({
  app: { theme: "system", startAtLogin: true, notifications: true },
  profiles: [profileSettings()],
  ...over,
});
