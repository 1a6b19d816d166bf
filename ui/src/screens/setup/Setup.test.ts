import { fireEvent, screen } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import * as data from "../../test/data";
import { fails, usual } from "../../test/scenes";
import { button, close, latest, open, settle, tell, times, type Asked } from "../../test/window";

afterEach(close);

const heading = (name: string) => screen.findByRole("heading", { level: 1, name });

/** A person's clicks, the file dialog's included. */
class Person {
  clicks = 0;
  screens = new Set<string>();
  constructor(private asked: Asked[]) {}

  async press(name: string) {
    this.screens.add(screen.getByRole("heading", { level: 1 }).textContent ?? "");
    const dialogs = () => this.asked.filter(({ command }) => /^(save_kit|choose_)/u.test(command)).length;
    const before = dialogs();
    await fireEvent.click(button(name));
    this.clicks += 1;
    await settle();
    this.clicks += dialogs() - before; // its own button
  }
}

async function toKit(answers = usual(data.notSetUp)) {
  const asked = open(answers);
  await heading("Protect this computer");
  await settle();
  const person = new Person(asked);
  await person.press("Continue");
  await heading("Words to keep safe");
  return { asked, person };
}

test("with all defaults it is five clicks on three screens, the file dialog included", async () => {
  const answers = usual(data.notSetUp);
  const { asked, person } = await toKit(answers);
  await person.press("Save the kit…");
  expect(await screen.findByText("Saved and proved"), "the proved kit is a tick").toBeTruthy();
  await person.press("Continue");
  await heading("Ready to start");
  answers.home = data.home();
  await person.press("Start backing up");
  await heading("Everything is backed up");
  expect(person.clicks).toBeLessThanOrEqual(5);
  expect(person.screens.size).toBeLessThanOrEqual(3);
  expect(latest(asked, "finish_setup").setup).toEqual({
    sources: ["s1"],
    excludes: ["caches", "cache-tagged", "trash", "node-modules", "build-folders", "virtual-machines"],
    place: "d1",
    protect: "new-key",
    when: data.when,
    keep: data.keep,
  });
  expect(latest(asked, "save_kit").profile, "the kit of the backup being set up").toBeNull();
});

test("the place is tried before going on, and what fails is told", async () => {
  const broken = { ...data.failure("read-only"), message: "It is write-protected." };
  const asked = open({ ...usual(data.notSetUp), check_place: [{ what: "list", failure: null }, { what: "write", failure: broken }] });
  await heading("Protect this computer");
  await settle();
  await fireEvent.click(button("Continue"));
  expect((await screen.findByRole("alert")).textContent).toContain("It is write-protected.");
  expect(screen.getByText("Can be listed")).toBeTruthy();
  expect(latest(asked, "check_place").place).toBe("d1");
  expect(screen.queryByText("Words to keep safe")).toBeNull();
});

test("without a folder or a place it says what is missing", async () => {
  open({ ...usual(data.notSetUp), setup: () => data.setup({ places: [] }) });
  await heading("Protect this computer");
  await settle();
  await fireEvent.click(button("Continue"));
  expect((await screen.findByRole("alert")).textContent).toContain("Choose where the backup goes.");
  await fireEvent.click(screen.getByRole("checkbox", { name: "Home" }));
  await fireEvent.click(button("Continue"));
  await settle();
  expect(screen.getByRole("alert").textContent).toContain("Choose at least one folder");
});

test("a drive that is plugged in shows up and is taken", async () => {
  const answers = { ...usual(data.notSetUp), setup: () => data.setup({ places: [] }) };
  open(answers);
  await heading("Protect this computer");
  await settle();
  answers.setup = () => data.setup();
  await tell({ kind: "changed" });
  await settle();
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "Backup Plus" }).checked).toBe(true);
});

test("Back loses nothing, and what was chosen is kept for the next time", async () => {
  const asked = open(usual(data.notSetUp));
  await heading("Protect this computer");
  await settle();
  await fireEvent.click(button("Add a folder…"));
  await settle();
  await fireEvent.click(screen.getByRole("radio", { name: "KINGSTON" }));
  await fireEvent.click(button(/left out/));
  await fireEvent.click(screen.getByRole("switch", { name: "Trash" }));
  await fireEvent.click(button("Continue"));
  await heading("Words to keep safe");
  await fireEvent.click(button("Back"));
  await heading("Protect this computer");
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "Photos" }).checked).toBe(true);
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "KINGSTON" }).checked).toBe(true);
  const kept = latest(asked, "keep_setup").setup;
  expect([kept.sources, kept.place]).toEqual([["s1", "s9"], "d2"]);
  expect(kept.excludes).not.toContain("trash");
});

test("a wizard left in the middle goes on with its kit proved", async () => {
  await toKit({ ...usual(data.notSetUp), setup: () => data.setup({ kitSaved: data.kitSaved, keyMade: true }) });
  expect(screen.getByText("Saved and proved")).toBeTruthy();
  expect(button("Continue")).toBeTruthy();
});

test("the words are gone from the page with their step, and lie nowhere else", async () => {
  const { asked } = await toKit();
  const first = data.words.split("-")[0] ?? "";
  await screen.findByText(first);
  await fireEvent.click(button("Continue without a kit"));
  await heading("Ready to start");
  expect(document.body.innerHTML).not.toContain(first);
  expect(JSON.stringify(asked.map(({ sent }) => sent ?? null))).not.toContain(first);
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  expect(location.href + document.title + history.state).not.toContain(first);
});

test("a passphrase of one's own is judged, handed on once, and cleared", async () => {
  const { asked } = await toKit();
  await fireEvent.click(button("Protect it another way"));
  const field = screen.getByLabelText<HTMLInputElement>("A passphrase of my own");
  expect(field.type, "hidden unless shown on purpose").toBe("password");
  await fireEvent.input(field, { target: { value: "correct horse" } });
  expect(await screen.findByText("Better, but still within reach.")).toBeTruthy();
  await fireEvent.keyDown(field, { key: "Enter" });
  await settle();
  expect(latest(asked, "own_passphrase")).toEqual({ passphrase: "correct horse" });
  expect(times(asked, "save_kit"), "Enter in the field does not save the kit").toBe(0);
  expect(field.value).toBe("");
  expect(screen.getByText(/uses the passphrase you typed/)).toBeTruthy();
  expect(screen.queryByText("cobalt"), "the words that do not count any more are gone").toBeNull();
});

test("without a keyring it says that it asks each time, and a locked one can be unlocked", async () => {
  await toKit({ ...usual(data.notSetUp), setup: () => data.setup({ keyring: "absent" }) });
  expect(screen.getByText(/no keyring.*asks for it each time it starts/)).toBeTruthy();
  await close();
  let keyring: "locked" | "ready" = "locked";
  const { asked } = await toKit({ ...usual(data.notSetUp), setup: () => data.setup({ keyring }) });
  keyring = "ready";
  await fireEvent.click(button("Unlock the keyring"));
  await settle();
  expect(times(asked, "unlock_keyring")).toBe(1);
  expect(screen.getByText(/keeps them in your system’s keyring/)).toBeTruthy();
});

test("a kit that could not be saved says why, and the file dialog may be closed", async () => {
  await toKit({ ...usual(data.notSetUp), save_kit: fails(data.failure()) });
  await fireEvent.click(button("Save the kit…"));
  expect((await screen.findByRole("alert")).textContent).toContain("no space left");
  await close();
  await toKit({ ...usual(data.notSetUp), save_kit: null });
  await fireEvent.click(button("Save the kit…"));
  await settle();
  expect(screen.queryByText("Saved and proved")).toBeNull();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("schedule and retention are a sentence each, and change in place", async () => {
  const { asked } = await toKit();
  await fireEvent.click(button("Continue without a kit"));
  await heading("Ready to start");
  expect(screen.getByText("Every hour while Backup Plus is there. Waits while the battery is below 20%.")).toBeTruthy();
  const change = screen.getAllByRole("button", { name: "Change" })[0];
  if (change) await fireEvent.click(change);
  await fireEvent.change(screen.getByLabelText("How often"), { target: { value: "daily" } });
  await settle();
  expect(screen.getByText(/^Every day at 12:00/)).toBeTruthy();
  await fireEvent.click(button("Start backing up"));
  await settle();
  expect(latest(asked, "finish_setup").setup.when.every).toEqual({ kind: "daily", at: "12:00" });
});

test("focus is on the heading of each step", async () => {
  await toKit();
  expect(document.activeElement?.textContent).toBe("Words to keep safe");
});
