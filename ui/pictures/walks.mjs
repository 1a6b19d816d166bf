/** Screens that are only reached by doing something: each with what a person does to get there. */

export function walks({ usual, restored, homes, setups, fails }, data) {
  const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
  const named = (list, name) => list.find((scene) => scene.name === name).answers;
  const fresh = usual(data.notSetUp);
  const toKit = async (page) => {
    await press(page, "Continue");
    await page.getByRole("heading", { name: "Words to keep safe" }).waitFor();
  };
  const toStart = async (page) => {
    await toKit(page);
    await press(page, "Save the kit…");
    await page.getByText("Saved and proved").waitFor();
    await press(page, "Continue");
    await page.getByRole("heading", { name: "Ready to start" }).waitFor();
  };
  const restore = usual(data.home(), "restore");
  const toDocuments = async (page) => {
    await press(page, "Documents");
    await page.getByText("thesis.odt").waitFor();
  };
  const pick = async (page) => {
    await toDocuments(page);
    await page.getByRole("checkbox", { name: "thesis.odt" }).check();
    await page.getByRole("checkbox", { name: "bibliography.bib" }).check();
  };
  const ended = (name) => ({
    name: `restore-result-${name}`,
    answers: restore,
    walk: async (page) => {
      await toDocuments(page);
      await page.evaluate((result) => window.__tell("happened", { kind: "restored", with: result }), restored[name]);
      await page.waitForTimeout(100);
    },
  });
  const tellBanner = named(homes, "home-first");
  const kitBanner = named(homes, "home-waiting");

  return [
    { name: "setup-excludes", answers: fresh, walk: (page) => page.getByRole("button", { name: /left out/ }).click() },
    { name: "setup-kit", answers: fresh, walk: toKit },
    { name: "setup-kit-locked", answers: named(setups, "setup-keyring-locked"), walk: toKit },
    { name: "setup-kit-absent", answers: named(setups, "setup-keyring-absent"), walk: toKit },
    {
      name: "setup-kit-own",
      answers: fresh,
      walk: async (page) => {
        await toKit(page);
        await press(page, "Protect it another way");
        await page.getByLabel("A passphrase of my own").fill("correct horse");
        await page.getByText("Better, but").waitFor();
      },
    },
    {
      name: "setup-kit-saved",
      answers: fresh,
      walk: async (page) => {
        await toKit(page);
        await page.getByRole("checkbox").check();
        await press(page, "Save the kit…");
        await page.getByText("Saved and proved").waitFor();
      },
    },
    {
      name: "setup-kit-fails",
      answers: { ...fresh, save_kit: fails({ code: "kit-place", message: "The kit cannot be saved into a folder that is backed up while the words are printed on it.", advice: "Save it on another device, or leave the words off.", step: "try-again", details: null }) },
      walk: async (page) => {
        await toKit(page);
        await press(page, "Save the kit…");
        await page.getByRole("alert").waitFor();
      },
    },
    { name: "setup-start", answers: fresh, walk: toStart },
    {
      name: "setup-start-change",
      answers: fresh,
      walk: async (page) => {
        await toStart(page);
        await page.getByRole("button", { name: "Change", exact: true }).first().click();
        await page.getByRole("switch", { name: "Quiet hours" }).click();
      },
    },
    {
      name: "setup-start-no-kit",
      answers: fresh,
      walk: async (page) => {
        await toKit(page);
        await press(page, "Continue without a kit");
      },
    },
    {
      name: "setup-missing",
      answers: named(setups, "setup-no-drive"),
      walk: async (page) => {
        await press(page, "Continue");
        await page.getByRole("alert").waitFor();
      },
    },
    {
      name: "setup-checked-place",
      answers: named(setups, "setup-place-fails"),
      walk: async (page) => {
        await press(page, "Continue");
        await page.getByRole("alert").waitFor();
      },
    },
    { name: "home-warnings-open", answers: named(homes, "home-warnings"), walk: (page) => press(page, "Which ones") },
    { name: "home-failed-open", answers: named(homes, "home-failed"), walk: (page) => page.getByRole("button", { name: "Details" }).first().click() },
    {
      name: "home-day",
      answers: usual(),
      walk: async (page) => {
        await page.getByRole("option").last().focus();
        await page.keyboard.press("ArrowLeft");
      },
    },
    { name: "kit-window", answers: kitBanner, walk: (page) => press(page, "Save the kit…") },
    { name: "words-window", answers: tellBanner, walk: (page) => press(page, "Type three words…") },
    {
      name: "words-window-wrong",
      answers: { ...tellBanner, type_words: false },
      walk: async (page) => {
        await press(page, "Type three words…");
        await page.getByLabel("Word 2").fill("tree");
        await press(page, "Check");
        await page.getByRole("alert").waitFor();
      },
    },
    { name: "passphrase-window", answers: named(homes, "home-passphrase"), walk: (page) => press(page, "Type the passphrase…") },
    { name: "restore-folder", answers: restore, walk: toDocuments },
    { name: "restore-picked", answers: restore, walk: pick },
    {
      name: "restore-many",
      answers: restore,
      walk: async (page) => {
        await press(page, "Many");
        await page.getByText("IMG_000003.jpg").waitFor();
        await page.getByRole("grid").focus();
        await page.keyboard.press("End");
        await page.getByText("IMG_099999.jpg").waitFor();
      },
    },
    {
      name: "restore-sheet",
      answers: restore,
      walk: async (page) => {
        await pick(page);
        await press(page, "Restore…");
        await page.getByText("214 files").waitFor();
      },
    },
    {
      name: "restore-sheet-tight",
      answers: { ...restore, restore_sheet: { ...data.sheet, free: 1_000_000, inTheWay: 0 } },
      walk: async (page) => {
        await pick(page);
        await press(page, "Restore…");
        await press(page, "Choose another folder…");
        await page.getByText("/home/ada/Restored").waitFor();
      },
    },
    ...Object.keys(restored).map(ended),
    {
      name: "settings-foot",
      answers: usual(data.home(), "settings"),
      walk: async (page) => {
        await press(page, "Where things are kept");
        await page.getByText("Logs", { exact: true }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "settings-middle",
      answers: usual(data.home(), "settings"),
      walk: (page) => page.getByText("Fingerprint").scrollIntoViewIfNeeded(),
    },
    { name: "settings-forget", answers: usual(data.home(), "settings"), walk: (page) => press(page, "Forget this backup…") },
    { name: "rtl-home", answers: named(homes, "home-running"), walk: (page) => page.evaluate(() => (document.documentElement.dir = "rtl")) },
    {
      name: "rtl-setup",
      answers: named(setups, "setup-cautions"),
      walk: (page) => page.evaluate(() => (document.documentElement.dir = "rtl")),
    },
    {
      name: "rtl-restore",
      answers: restore,
      walk: async (page) => {
        await page.evaluate(() => (document.documentElement.dir = "rtl"));
        await pick(page);
      },
    },
    { name: "rtl-settings", answers: usual(data.home(), "settings"), walk: (page) => page.evaluate(() => (document.documentElement.dir = "rtl")) },
  ];
}
