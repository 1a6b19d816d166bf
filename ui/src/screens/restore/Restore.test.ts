import { fireEvent, screen, within } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import * as data from "../../test/data";
import { fails, restored, usual } from "../../test/scenes";
import { button, close, latest, open, settle, tell, times } from "../../test/window";
import { Folder, PAGE } from "./folder.svelte";
import { groups, openAtFirst } from "./trail";

afterEach(close);

const restoring = () => usual(data.home(), "restore");

async function inDocuments(answers = restoring()) {
  const asked = open(answers);
  await fireEvent.click(await screen.findByRole("button", { name: "Documents" }));
  await screen.findByText("thesis.odt");
  return asked;
}

/** The sheet's own button: the way to the screen goes by the same word. */
const toRestore = () => within(screen.getByRole("dialog")).getByRole("button", { name: "Restore" });

test("it opens the latest moment where there is something to choose", async () => {
  const asked = open(restoring());
  expect(await screen.findByRole("button", { name: "Documents" })).toBeTruthy();
  const way = screen.getByRole("navigation", { name: "Folder" });
  expect(within(way).getAllByRole("listitem").map((crumb) => crumb.textContent?.trim())).toEqual(["This computer", "home", "ada"]);
  expect(latest(asked, "browse").moment).toBe("m0");
});

test("another moment shows the same folder as it was then", async () => {
  const asked = await inDocuments();
  const moments = within(screen.getByRole("navigation", { name: "Moments" })).getAllByRole("button", { name: /·/ });
  if (moments[1]) await fireEvent.click(moments[1]);
  await settle();
  expect(latest(asked, "browse")).toMatchObject({ moment: "m2", folder: "e:Documents" });
  expect(screen.getByText("thesis.odt")).toBeTruthy();
  expect(screen.getByText(/^As it was on Sunday/)).toBeTruthy();
});

test("one file comes back in five clicks from home", async () => {
  const asked = open(usual());
  let clicks = 0;
  const click = async (element: HTMLElement) => {
    await fireEvent.click(element);
    clicks += 1;
    await settle();
  };
  await click(await screen.findByRole("button", { name: "Restore files…" }));
  await click(await screen.findByRole("button", { name: "Documents" }));
  await click(await screen.findByRole("checkbox", { name: "thesis.odt" }));
  await click(button("Restore…"));
  await screen.findByText("214 files, 43 MB");
  await click(toRestore());
  expect(clicks).toBeLessThanOrEqual(5);
  expect(latest(asked, "restore")).toEqual({ moment: "m0", entries: ["e:thesis.odt"], target: { to: "original" }, acceptSigner: false });
});

test("the sheet says what, how much, and that what is in the way stays", async () => {
  await inDocuments();
  await fireEvent.click(screen.getByRole("checkbox", { name: "thesis.odt" }));
  await fireEvent.click(screen.getByRole("checkbox", { name: "figures" }));
  expect(screen.getByText("2 are chosen")).toBeTruthy();
  await fireEvent.click(button("Restore…"));
  const sheet = await screen.findByRole("dialog", { name: "Restore 2 items" });
  await within(sheet).findByText("214 files, 43 MB");
  expect(within(sheet).getByText(/38 MB to fetch\. 154 GB free there\./)).toBeTruthy();
  expect(within(sheet).getByText(/^2 are still there. They stay/)).toBeTruthy();
});

test("it restores to another folder by its id, and warns when that is too small", async () => {
  const asked = await inDocuments({ ...restoring(), restore_sheet: { ...data.sheet, free: 1000 } });
  await fireEvent.click(button("Restore this whole folder…"));
  await fireEvent.click(await screen.findByRole("button", { name: "Choose another folder…" }));
  await settle();
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "To another folder" }).checked).toBe(true);
  expect((await screen.findByRole("alert")).textContent).toContain("not enough free space");
  await fireEvent.click(toRestore());
  await settle();
  expect(latest(asked, "restore")).toMatchObject({ entries: ["e:Documents"], target: { to: "folder", folder: "rf1" } });
});

test("progress and result are shown, and a restored place opens in the file manager", async () => {
  const asked = await inDocuments();
  await tell({ kind: "progress", with: data.progress({ job: "r1", stage: "restoring", percent: 50 }) });
  expect(await screen.findByRole("progressbar", { name: "Restoring" })).toBeTruthy();
  await tell({ kind: "restored", with: data.result() });
  expect(await screen.findByText("214 files are back, 43 MB")).toBeTruthy();
  const [show] = screen.getAllByRole("button", { name: "Show in folder" });
  if (show) await fireEvent.click(show);
  expect(latest(asked, "show_restored")).toEqual({ place: "pl1" });
  await fireEvent.click(button("Close"));
  expect(screen.queryByText("214 files are back, 43 MB")).toBeNull();
});

test("problems are listed with their paths", async () => {
  await inDocuments();
  await tell({ kind: "restored", with: restored.problems ?? data.result() });
  await fireEvent.click(await screen.findByRole("button", { name: "1 problem" }));
  expect(screen.getByText("/home/ada/Documents/figures/plot.svg")).toBeTruthy();
});

test("a backup of another signer comes back only by an explicit choice", async () => {
  const asked = await inDocuments();
  await fireEvent.click(screen.getByRole("checkbox", { name: "thesis.odt" }));
  await fireEvent.click(button("Restore…"));
  await screen.findByText("214 files, 43 MB");
  await fireEvent.click(toRestore());
  await settle();
  await tell({ kind: "restored", with: restored.doubtful ?? data.result() });
  expect((await screen.findByRole("alert")).textContent).toContain("not signed with your key");
  await fireEvent.click(button("Restore anyway"));
  await settle();
  expect(times(asked, "restore")).toBe(2);
  expect(latest(asked, "restore")).toMatchObject({ entries: ["e:thesis.odt"], acceptSigner: true });
});

test("a passphrase that is needed is asked for, and the list then asked again", async () => {
  const answers = { ...restoring(), moments: fails({ ...data.failure("passphrase-needed"), step: "give-passphrase" }) as unknown };
  const asked = open(answers);
  await fireEvent.click(await screen.findByRole("button", { name: "Type the passphrase…" }));
  const field = await screen.findByLabelText<HTMLInputElement>("Passphrase");
  await fireEvent.input(field, { target: { value: "open sesame" } });
  answers.moments = { moments: data.moments };
  await fireEvent.submit(field.form ?? field);
  expect(await screen.findByRole("button", { name: "Documents" })).toBeTruthy();
  expect(latest(asked, "give_passphrase")).toEqual({ profile: "p1", passphrase: "open sesame" });
});

test("the list is worked by the keyboard alone", async () => {
  const asked = open(restoring());
  await screen.findByRole("button", { name: "Documents" });
  const grid = screen.getByRole("grid");
  grid.focus();
  await fireEvent.keyDown(grid, { key: "Enter" });
  await screen.findByText("thesis.odt");
  await fireEvent.keyDown(grid, { key: "End" });
  const active = document.getElementById(grid.getAttribute("aria-activedescendant") ?? "");
  expect(active?.textContent).toContain("thesis.odt");
  await fireEvent.keyDown(grid, { key: " " });
  expect(screen.getByText("“thesis.odt” is chosen")).toBeTruthy();
  await fireEvent.keyDown(grid, { key: "Enter" });
  expect(await screen.findByRole("dialog", { name: "Restore “thesis.odt”" })).toBeTruthy();
  await fireEvent.keyDown(grid, { key: "Backspace" });
  await settle();
  expect(latest(asked, "browse").folder).toBe("e:ada");
});

test("of a hundred thousand entries only those in view are drawn and asked for", async () => {
  const asked = open(restoring());
  await fireEvent.click(await screen.findByRole("button", { name: "Many" }));
  await screen.findByText("IMG_000000.jpg");
  const grid = screen.getByRole("grid");
  expect(grid.getAttribute("aria-rowcount")).toBe("100001");
  expect(within(grid).getAllByRole("row").length).toBeLessThan(60);
  expect(asked.filter(({ command, sent }) => command === "browse" && sent.folder === "e:Many")).toHaveLength(1);
});

test("a page that could not be had is asked for again", async () => {
  let broken = false;
  open({
    ...restoring(),
    browse: ({ folder, offset, limit }: { folder: string | null; offset: number; limit: number }) => {
      if (broken) throw data.failure();
      return data.browse(folder, offset, limit);
    },
  });
  const folder = await Folder.open("m0", "e:Many");
  broken = true;
  await expect(folder.need(PAGE, PAGE + 1)).rejects.toThrow();
  broken = false;
  await folder.need(PAGE, PAGE + 1);
  expect(folder.entry(PAGE)?.name).toBe("IMG_000500.jpg");
});

test("moments stand by day, then week, then month, each once", () => {
  const all = groups(data.moments, data.NOW);
  const kinds = all.map(({ key }) => ["day", "week", "month"].indexOf(key.split(" ")[0] ?? ""));
  expect([...new Set(kinds)], "of each kind there are some").toEqual([0, 1, 2]);
  expect(kinds, "the nearest first").toEqual(kinds.toSorted());
  expect(new Set(all.map(({ key }) => key)).size, "no group twice").toBe(all.length);
  expect(all.slice(0, 2).map(({ title }) => title)).toEqual(["Today", "Yesterday"]);
  expect(all.flatMap(({ moments }) => moments)).toEqual(data.moments);
  expect(openAtFirst(all).has(all[0]?.key ?? "")).toBe(true);
});
