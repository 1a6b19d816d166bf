import { fireEvent, screen, within } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import * as data from "../../test/data";
import { fails, settingScenes, usual } from "../../test/scenes";
import { button, close, latest, open, settle, tell, times } from "../../test/window";

afterEach(close);

const settings = () => usual(data.home(), "settings");
const LATER = 450; // changes are kept soon after they are made

async function opened(answers = settings()) {
  const asked = open(answers);
  await screen.findByRole("heading", { level: 1, name: "Settings" });
  await screen.findByRole("heading", { name: "When" });
  return asked;
}

test("each change is kept as it is made, several at once", async () => {
  const asked = await opened();
  await fireEvent.change(screen.getByLabelText("How often"), { target: { value: "hours-6" } });
  await fireEvent.click(screen.getByRole("switch", { name: "Only on power" }));
  await fireEvent.change(screen.getByLabelText("Keep backups"), { target: { value: "12" } });
  await fireEvent.click(screen.getByRole("switch", { name: "Prove a file each week" }));
  expect(screen.getByText("Every 6 hours while Backup Plus is there. Waits for power.")).toBeTruthy();
  await settle(LATER);
  expect(times(asked, "change_profile"), "one keeping for several clicks").toBe(1);
  expect(latest(asked, "change_profile").settings).toMatchObject({
    id: "p1",
    when: { every: { kind: "hours", at: 6 }, onlyOnPower: true },
    keep: { months: 12 },
    proveWeekly: false,
  });
  expect(screen.getByText("Your change is kept.")).toBeTruthy();
});

test("a change that could not be kept is told, and tried again", async () => {
  const answers: Record<string, unknown> = { ...settings(), change_app_settings: fails(data.failure("io")) };
  const asked = await opened(answers);
  await fireEvent.click(screen.getByRole("switch", { name: "Start at login" }));
  await settle(LATER);
  const alert = screen.getByRole("alert");
  answers.change_app_settings = null;
  await fireEvent.click(within(alert).getByRole("button", { name: "Try again" }));
  await settle(LATER);
  expect(times(asked, "change_app_settings")).toBe(2);
  expect(latest(asked, "change_app_settings").settings.startAtLogin).toBe(false);
  expect(screen.queryByRole("alert")).toBeNull();
});

test("the theme changes at once", async () => {
  const { followSystemTheme } = await import("../../lib/look/theme");
  followSystemTheme();
  const asked = await opened();
  await fireEvent.click(screen.getByRole("radio", { name: "Dark" }));
  expect(document.documentElement.dataset.theme).toBe("dark");
  await settle(LATER);
  expect(latest(asked, "change_app_settings").settings.theme).toBe("dark");
  await tell({ kind: "theme", with: "system" });
});

test("the last folder cannot be taken away unnoticed", async () => {
  const asked = await opened();
  await fireEvent.click(screen.getByRole("checkbox", { name: "Home" }));
  await fireEvent.click(screen.getByRole("checkbox", { name: "Photos" }));
  await settle(LATER);
  expect(screen.getByRole("alert").textContent).toContain("Choose at least one folder");
  expect(latest(asked, "change_profile").settings.sources.some((source: { chosen: boolean }) => source.chosen)).toBe(true);
});

test("the key, the kit and the proof are there", async () => {
  const asked = await opened();
  expect(screen.getByText(data.profileSettings().fingerprint ?? "")).toBeTruthy();
  expect(screen.getByText("Saved and proved 20 days ago.")).toBeTruthy();
  expect(screen.getByText("Last proven 5 days ago.")).toBeTruthy();
  await fireEvent.click(button("Prove one now"));
  expect(latest(asked, "prove_now")).toEqual({ profile: "p1" });
  await fireEvent.click(button("Save the kit again…"));
  expect(await screen.findByRole("dialog", { name: "Recovery kit" })).toBeTruthy();
});

test("forgetting asks first, and says what stays", async () => {
  const answers: Record<string, unknown> = settings();
  const asked = await opened(answers);
  await fireEvent.click(button("Forget this backup…"));
  const window = await screen.findByRole("alertdialog");
  expect(window.textContent).toContain("What lies on Backup Plus stays there");
  expect(times(asked, "remove_profile")).toBe(0);
  answers.home = data.notSetUp;
  await fireEvent.click(within(window).getByRole("button", { name: "Forget it" }));
  await settle();
  expect(latest(asked, "remove_profile")).toEqual({ profile: "p1" });
  expect(await screen.findByRole("heading", { name: "Protect this computer" })).toBeTruthy();
});

test("days of the week stand in the person's order, and the last one stays", async () => {
  const weekly = settingScenes.find(({ name }) => name === "settings-weekly");
  await opened({ ...(weekly?.answers ?? {}) });
  const days = screen.getAllByRole<HTMLInputElement>("checkbox", { name: /day$/ });
  expect(days.map((day) => day.labels?.[0]?.textContent?.trim())[0], "en-US begins with Sunday").toBe("Sunday");
  expect(days.filter(({ checked }) => checked)).toHaveLength(2);
  await fireEvent.click(screen.getByRole("checkbox", { name: "Monday" }));
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "Thursday" }).disabled).toBe(true);
});

test("settings that cannot be read say so", async () => {
  open({ ...settings(), settings: fails(data.failure("io")) });
  expect((await screen.findByRole("alert")).textContent).toContain("There is no space left");
});
