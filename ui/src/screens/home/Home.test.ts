import { fireEvent, screen, within } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import * as data from "../../test/data";
import { fails, homes, NEVER, usual } from "../../test/scenes";
import { button, close, latest, open, settle, tell, times } from "../../test/window";

afterEach(close);

const scene = (name: string) => {
  const found = homes.find((one) => one.name === name);
  if (!found) throw new Error(`no scene ${name}`);
  return { ...found.answers };
};

test("it says that everything is backed up, when, and when next", async () => {
  open(usual());
  expect(await screen.findByRole("heading", { level: 1, name: "Everything is backed up" })).toBeTruthy();
  expect(screen.getByText(/^Last backup 12 minutes ago · next at 3:00\sPM$/)).toBeTruthy();
  expect(screen.getByText("148,302 files")).toBeTruthy();
  expect(screen.getByText("212 GB in Home and Photos")).toBeTruthy();
  expect(screen.getByText("1.6 TB free")).toBeTruthy();
  expect(document.title).toBe("Home – Backtrail");
  expect(document.activeElement?.textContent, "readers begin at the sentence").toBe("Everything is backed up");
});

test("it says why the next backup waits", async () => {
  open(scene("home-drive-away"));
  expect(await screen.findByText(/next when Backup Plus is plugged in$/)).toBeTruthy();
  expect(screen.getByText("Not plugged in")).toBeTruthy();
});

test("the one primary action backs up now, and a refusal is told", async () => {
  const asked = open(usual());
  await fireEvent.click(await screen.findByRole("button", { name: "Back up now" }));
  expect(latest(asked, "back_up_now")).toEqual({ profile: null });
  await close();
  open({ ...usual(), back_up_now: fails(data.failure("drive-away")) });
  await fireEvent.click(await screen.findByRole("button", { name: "Back up now" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("There is no space left");
  expect(within(alert).getByRole("button", { name: "Try again" })).toBeTruthy();
  await fireEvent.click(within(alert).getByRole("button", { name: "Details" }));
  expect(within(alert).getByText("drive-away")).toBeTruthy();
});

test("progress moves by events, can be paused and stopped, and is said aloud by tenths", async () => {
  const asked = open(scene("home-running"));
  const bar = await screen.findByRole("progressbar");
  expect(bar.getAttribute("aria-valuenow")).toBe("43");
  expect(screen.getByText("91 GB of 212 GB")).toBeTruthy();
  expect(screen.getByText("84 MB/s")).toBeTruthy();
  expect(screen.getByText("24 min left")).toBeTruthy();
  const aloud = () => document.querySelector(".running [aria-live]")?.textContent;
  expect(aloud()).toBe("Backing up – 40%");
  await tell({ kind: "progress", with: data.progress({ percent: 48, current: "/home/ada/x.txt" }) });
  expect(bar.getAttribute("aria-valuenow")).toBe("48");
  expect(screen.getByText("/home/ada/x.txt")).toBeTruthy();
  expect(aloud(), "not each step").toBe("Backing up – 40%");
  await fireEvent.click(button("Pause"));
  await settle();
  expect(latest(asked, "pause_job")).toEqual({ job: "j1", paused: true });
  await tell({ kind: "progress", with: data.progress({ percent: 48, paused: true }) });
  await fireEvent.click(button("Go on"));
  await settle();
  expect(latest(asked, "pause_job")).toEqual({ job: "j1", paused: false });
  await fireEvent.click(button("Stop"));
  expect(latest(asked, "stop_job")).toEqual({ job: "j1" });
});

test("a change is asked for again", async () => {
  const answers = usual();
  const asked = open(answers);
  await screen.findByText("Everything is backed up");
  answers.home = data.home({ overall: "warnings" });
  await tell({ kind: "changed" });
  expect(await screen.findByText("Backed up, with warnings")).toBeTruthy();
  expect(times(asked, "home")).toBe(2);
});

test("each day of the strip is reached by the keyboard and said in words", async () => {
  open(usual());
  await screen.findByText("Everything is backed up");
  const cells = screen.getAllByRole("option");
  expect(cells).toHaveLength(30);
  expect(cells.filter((cell) => cell.tabIndex === 0)).toHaveLength(1);
  const today = cells.at(-1);
  today?.focus();
  expect(today?.getAttribute("aria-label")).toBe("Today: backed up 8 times");
  if (today) await fireEvent.keyDown(today, { key: "Home" });
  expect(document.activeElement).toBe(cells[0]);
  for (let step = 0; step < 9; step += 1) await fireEvent.keyDown(document.activeElement ?? document.body, { key: "ArrowRight" });
  const name = document.activeElement?.getAttribute("aria-label") ?? "";
  expect(name).toMatch(/November 2|2 November/u);
  expect(name).toContain("failed");
  expect(screen.getAllByText(name).length, "what is spoken is seen too").toBeGreaterThan(0);
});

test("the list tells warnings with their paths, and what was skipped once for one reason", async () => {
  open(usual());
  expect(await screen.findByText("Skipped twice: the computer was on battery")).toBeTruthy();
  await fireEvent.click(button("Which ones"));
  expect(screen.getByText("/home/ada/Documents/thesis.odt")).toBeTruthy();
});

test("a failed backup shows its reason and one next step", async () => {
  const asked = open(scene("home-failed"));
  expect(await screen.findByText(/The latest backup of “Home” failed/)).toBeTruthy();
  expect(screen.getByText(/Delete something on it.*/u, { selector: ".note p" })).toBeTruthy();
  await fireEvent.click(button("Try again"));
  expect(latest(asked, "back_up_now")).toEqual({ profile: "p1" });
});

test("the keyring can be unlocked from its banner", async () => {
  const asked = open(scene("home-keyring-locked"));
  await fireEvent.click(await screen.findByRole("button", { name: "Unlock the keyring" }));
  expect(times(asked, "unlock_keyring")).toBe(1);
});

test("the passphrase is typed in a window of its own, handed on once, and cleared", async () => {
  const asked = open(scene("home-passphrase"));
  await fireEvent.click(await screen.findByRole("button", { name: "Type the passphrase…" }));
  const field = await screen.findByLabelText<HTMLInputElement>("Passphrase");
  await fireEvent.input(field, { target: { value: "open sesame" } });
  await fireEvent.submit(field.form ?? field);
  await settle();
  expect(latest(asked, "give_passphrase")).toEqual({ profile: "p1", passphrase: "open sesame" });
  expect(field.value).toBe("");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("the kit is saved with the words only when asked for", async () => {
  const asked = open(scene("home-waiting"));
  await fireEvent.click(await screen.findByRole("button", { name: "Save the kit…" }));
  const window = await screen.findByRole("dialog", { name: "Recovery kit" });
  await fireEvent.click(within(window).getByRole("checkbox", { name: "Print the words on it" }));
  await fireEvent.click(within(window).getByRole("button", { name: "Save the kit…" }));
  expect(await screen.findByText("Saved and proved")).toBeTruthy();
  expect(latest(asked, "save_kit")).toEqual({ profile: "p1", setup: null, withWords: true });
});

test("three words are asked for, and wrong ones are said to be wrong", async () => {
  const answers = { ...scene("home-first"), type_words: false };
  const asked = open(answers);
  await fireEvent.click(await screen.findByRole("button", { name: "Type three words…" }));
  const fields = await Promise.all(["Word 2", "Word 4", "Word 5"].map((name) => screen.findByLabelText<HTMLInputElement>(name)));
  for (const field of fields) await fireEvent.input(field, { target: { value: " Tree " } });
  await fireEvent.click(button("Check"));
  expect((await screen.findByRole("alert")).textContent).toContain("not right");
  expect(latest(asked, "type_words").words, "spaces and capitals do not count").toEqual(["tree", "tree", "tree"]);
  expect(fields.map(({ value }) => value)).toEqual(["", "", ""]);
});

test("paused schedules go on with a click", async () => {
  const asked = open(scene("home-paused"));
  await fireEvent.click(await screen.findByRole("button", { name: "Go on with backups" }));
  expect(latest(asked, "pause_schedules")).toEqual({ pause: "not" });
});

test("a background that is gone is told, and started again", async () => {
  const answers = scene("gone");
  const asked = open(answers);
  expect(await screen.findByRole("heading", { name: "Backtrail is not running in the background" })).toBeTruthy();
  answers.ready = "home";
  await fireEvent.click(button("Start it again"));
  expect(times(asked, "start_background")).toBe(1);
  expect(await screen.findByText("Everything is backed up")).toBeTruthy();
});

test("what takes longer than half a second says so", async () => {
  open({ ...usual(), ready: NEVER, home: NEVER });
  await settle(100);
  expect(screen.queryByText("One moment…")).toBeNull();
  expect(await screen.findByText("One moment…", {}, { timeout: 2000 })).toBeTruthy();
});

test("the theme follows the settings and their event", async () => {
  const { followSystemTheme } = await import("../../lib/look/theme");
  followSystemTheme();
  open(usual());
  await screen.findByText("Everything is backed up");
  await settle();
  expect(document.documentElement.dataset.theme).toBe("light");
  await tell({ kind: "theme", with: "dark" });
  expect(document.documentElement.dataset.theme).toBe("dark");
  await tell({ kind: "theme", with: "system" });
});

test("the background brings a screen to the front", async () => {
  open(usual());
  await screen.findByText("Everything is backed up");
  await tell({ kind: "show", with: "restore" });
  expect(await screen.findByRole("heading", { level: 1, name: "Restore files" })).toBeTruthy();
});
