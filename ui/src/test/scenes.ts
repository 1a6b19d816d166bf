/**
 * Every screen and state as the answers that lead to it, for tests and pictures alike. An answer is a value, or made
 * from what the page sent; a thrown `Failure` is a command that fails, `NEVER` one that does not answer.
 */
import type { Banner, Failure, Home, RestoreResult, Screen } from "../bindings";
import * as data from "./data";
import { NOW } from "./data";

export const NEVER = new Promise<never>(() => {});

/** What the page sends with a command. */
type Sent = any;
export type Answers = Record<string, unknown>;
export interface Scene {
  name: string;
  answers: Answers;
}

/** A command that fails. */
export const fails = (failure: Failure) => () => {
  throw failure;
};

const banner = (kind: Banner["kind"], over: Partial<Banner> = {}): Banner => ({ kind, profile: "p1", name: "Home", failure: null, step: null, ...over });

/** What answers everything; each scene changes a part of it. */
export const usual = (home: Home = data.home(), screen: Screen = "home"): Answers => ({
  about: data.about,
  ready: screen,
  home,
  settings: () => data.settings(),
  setup: () => data.setup(),
  measure: data.measured,
  check_place: [],
  words: data.words,
  strength: ({ passphrase }: Sent) => ({ score: Math.min(4, Math.floor(passphrase.length / 5)) }),
  own_passphrase: { score: 3 },
  save_kit: ({ withWords }: Sent) => ({ ...data.kitSaved, withWords }),
  finish_setup: "p1",
  choose_source: { id: "s9", label: "Photos", path: "/srv/photos", home: false, chosen: true },
  choose_place: { id: "f9", kind: "folder", label: "Archive", path: "/mnt/archive/Backtrail/ada-home", free: 9e11, total: 1e12, chosen: true, caution: null },
  choose_restore_folder: { id: "rf1", path: "/home/ada/Restored" },
  moments: { moments: data.moments },
  browse: ({ folder, offset, limit }: Sent) => data.browse(folder, offset, limit),
  restore_sheet: data.sheet,
  restore: "r1",
  words_to_type: [2, 4, 5],
  type_words: true,
});

const scene = (name: string, home: Home, answers: Answers = {}, screen: Screen = "home"): Scene => ({ name, answers: { ...usual(home, screen), ...answers } });
const one = (over: Parameters<typeof data.profile>[0], rest: Partial<Home> = {}) => data.home({ profiles: [data.profile(over)], ...rest });

const failed = data.run({ outcome: "failed", figures: null, failure: data.failure() });
const second = data.profile({
  id: "p2",
  name: "Photos for the whole family",
  state: "warnings",
  sources: ["Photos"],
  files: 61_210,
  bytes: 840e9,
  kept: { ...data.profile().kept, label: "Attic", here: false, free: null, total: null },
  lastGood: NOW - 3 * 86_400,
  next: { at: null, waits: "drive-away" },
  days: data.days({ 27: "skipped", 28: "skipped", 29: "skipped", 20: "warnings", 0: "none", 1: "none" }),
  lately: [data.run({ at: NOW - 3 * 86_400 })],
});
const first: Parameters<typeof data.profile>[0] = { files: null, bytes: null, last: null, lastGood: null, proven: null, lately: [], days: data.days(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [index, "none"]))), kept: { ...data.profile().kept, used: null } };

export const homes: Scene[] = [
  scene("home", data.home()),
  scene("home-running", one({ state: "backing-up", running: data.progress() }, { overall: "backing-up" })),
  scene("home-counting", one({ state: "backing-up", running: data.progress({ stage: "counting", percent: null, bytesTotal: null, secondsLeft: null, bytesPerSecond: 0 }) }, { overall: "backing-up" })),
  scene("home-paused-job", one({ state: "backing-up", running: data.progress({ paused: true }) }, { overall: "backing-up" })),
  scene("home-first", one({ ...first, state: "backing-up", running: data.progress({ percent: 3 }) }, { overall: "backing-up", banners: [banner("type-words", { step: { do: "type-words" } })] })),
  scene("home-waiting", one({ ...first, state: "waiting-for-first", next: { at: null, waits: "drive-away" }, kept: { ...data.profile().kept, here: false, used: null } }, { overall: "waiting-for-first", banners: [banner("kit-not-saved", { step: { do: "save-kit" } })] })),
  scene("home-warnings", one({ state: "warnings", last: data.warned, lately: [data.warned, data.run({ at: NOW - 7200 })] }, { overall: "warnings", banners: [banner("kit-not-saved", { step: { do: "save-kit" } })] })),
  scene("home-failed", one({ state: "attention", last: failed, lately: [failed, data.run({ at: NOW - 7200 })], next: { at: NOW + 900, waits: "back-off" }, days: data.days({ 29: "failed" }) }, { overall: "attention", banners: [banner("failed", { failure: data.failure(), step: { do: "next", how: "try-again" } })] })),
  scene("home-drive-away", one({ next: { at: null, waits: "drive-away" }, kept: { ...data.profile().kept, here: false } })),
  scene("home-keyring-locked", one({ state: "attention", next: { at: null, waits: "keyring-locked" } }, { overall: "attention", banners: [banner("keyring-locked", { step: { do: "next", how: "unlock-keyring" } })] })),
  scene("home-passphrase", one({ state: "attention", next: { at: null, waits: "passphrase-needed" } }, { overall: "attention", banners: [banner("passphrase-needed", { step: { do: "next", how: "give-passphrase" } })] })),
  scene("home-banners", one({ state: "attention", proven: { at: NOW - 7200, file: "invoice-2026-07.pdf", good: false } }, {
    overall: "attention",
    unfinishedSetup: true,
    banners: [
      banner("proof-failed", { failure: { ...data.failure("bad-hash"), message: "“invoice-2026-07.pdf” is not as it was.", advice: null }, step: { do: "next", how: "try-again" } }),
      banner("profile-damaged", { profile: null, name: "photos.toml", step: { do: "set-up" } }),
      banner("overdue", { step: { do: "next", how: "try-again" } }),
      banner("key-expires"),
      banner("no-tray", { profile: null, name: null }),
    ],
  })),
  scene("home-paused", data.home({ overall: "paused", paused: { until: NOW + 3000 } })),
  scene("home-two", data.home({ overall: "warnings", profiles: [data.profile(), second] })),
  scene("loading", data.home(), { home: NEVER, ready: NEVER, settings: NEVER }),
  scene("gone", data.home(), { ready: fails({ code: "background-gone", message: "Backtrail is not running in the background.", advice: null, step: "start-background", details: null }) }),
  scene("home-unreadable", data.home(), { home: fails({ ...data.failure("io"), message: "The list of backups cannot be read.", advice: "See whether the disk of this computer is full." }) }),
];

const fresh = (name: string, answers: Answers = {}) => scene(name, data.notSetUp, answers);

export const setups: Scene[] = [
  fresh("setup"),
  fresh("setup-counting", { measure: { ...data.measured, bytes: 38e9, done: false, excludes: [] } }),
  fresh("setup-no-drive", { setup: () => data.setup({ places: [] }) }),
  fresh("setup-cautions", {
    setup: () =>
      data.setup({
        places: [
          { ...data.setup().places[0]!, chosen: false, caution: "has-backup" },
          { ...data.setup().places[1]!, chosen: true, caution: "same-disk" },
        ],
      }),
  }),
  fresh("setup-finding", { setup: NEVER }),
  fresh("setup-keyring-locked", { setup: () => data.setup({ keyring: "locked" }) }),
  fresh("setup-keyring-absent", { setup: () => data.setup({ keyring: "absent", protect: "passphrase-only" }) }),
  fresh("setup-resumed", { setup: () => data.setup({ kitSaved: data.kitSaved, keyMade: true }) }),
  fresh("setup-place-fails", {
    check_place: [
      { what: "list", failure: null },
      { what: "write", failure: { ...data.failure("read-only"), message: "“Backup Plus” is write-protected.", advice: "Look for a small switch on the drive." } },
    ],
  }),
];

const on = (name: string, screen: Screen, answers: Answers = {}, home = data.home()) => scene(name, home, answers, screen);

export const restored: Record<string, RestoreResult> = {
  done: data.result(),
  problems: data.result({ problems: [{ code: "io", path: "/home/ada/Documents/figures/plot.svg", message: "Permission was denied." }] }),
  failed: data.result({ files: 0, places: [], failure: data.failure() }),
  doubtful: data.result({ files: 0, places: [], failure: { code: "other-signer", message: "The backup of 22 November is signed by another key.", advice: null, step: null, details: null } }),
};

export const restores: Scene[] = [
  on("restore", "restore"),
  on("restore-empty", "restore", { moments: { moments: [] } }, one({ ...first, state: "waiting-for-first" }, { overall: "waiting-for-first" })),
  on("restore-loading", "restore", { moments: NEVER }),
  on("restore-away", "restore", { moments: fails({ code: "drive-away", message: "“Backup Plus” is not plugged in.", advice: "Plug it in, and look again.", step: "plug-drive", details: null }) }),
  on("restore-passphrase", "restore", { moments: fails({ code: "passphrase-needed", message: "The passphrase of this backup is needed.", advice: null, step: "give-passphrase", details: null }) }),
  on("restore-running", "restore", {}, one({ running: data.progress({ job: "r1", stage: "restoring", percent: 61, bytes: 26_000_000, bytesTotal: 43_000_000, secondsLeft: 14 }) })),
];

export const settingScenes: Scene[] = [
  on("settings", "settings"),
  on("settings-weekly", "settings", {
    settings: () =>
      data.settings({
        profiles: [
          data.profileSettings({
            fingerprint: null,
            kitSaved: null,
            when: { ...data.when, every: { kind: "weekly", at: { days: [1, 4], time: "18:30" } }, quietHours: ["22:00", "07:00"] },
          }),
          data.profileSettings({ id: "p2", name: "Photos for the whole family" }),
        ],
      }),
  }),
  on("settings-unreadable", "settings", { settings: fails(data.failure("io")) }),
];

export const scenes = [...homes, ...setups, ...restores, ...settingScenes];
