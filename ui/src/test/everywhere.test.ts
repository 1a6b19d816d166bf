/** What holds on every screen and in every state. */
import { computeAccessibleName } from "dom-accessibility-api";
import { afterEach, expect, test } from "vitest";
import { english, speak, type Catalogue } from "../lib/i18n";
import { scenes } from "./scenes";
import { close, objections, open, settle } from "./window";

afterEach(close);

const bracketed = Object.fromEntries(Object.entries(english.messages).map(([key, text]) => [key, `[${text}]`]));
const pseudo: Catalogue = { ...english, messages: bracketed as Catalogue["messages"] };
const inBrackets = (text: string) => text.startsWith("[") && text.endsWith("]");
// Names, paths and sizes, dates, and what Rust says: none of them is the catalogue's.
const DATA = "[translate=no], code, time, title";
const SPOKEN = ["aria-label", "aria-valuetext", "title", "placeholder", "alt"];

function hardCoded(): string[] {
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    const text = textContent?.trim() ?? "";
    if (/\p{L}/u.test(text) && !inBrackets(text) && !parentElement?.closest(DATA)) found.push(text);
  }
  for (const name of SPOKEN)
    for (const element of document.body.querySelectorAll(`[${name}]`)) {
      const text = element.getAttribute(name) ?? "";
      if (/\p{L}/u.test(text) && !inBrackets(text) && !element.closest(DATA)) found.push(`${name}: ${text}`);
    }
  return found;
}

const words = (text: string | null | undefined) => (text ?? "").replaceAll(/\s+/gu, " ").trim();

/** Controls whose name is not what is written on them or beside them. */
function misnamed(): string[] {
  const wrong: string[] = [];
  for (const control of document.body.querySelectorAll("button:not([role]), a")) {
    const name = words(computeAccessibleName(control));
    if (name !== words(control.textContent)) wrong.push(`${control.outerHTML.slice(0, 120)} is named “${name}”`);
  }
  for (const control of document.body.querySelectorAll("input, select, [role=switch]")) {
    const name = words(computeAccessibleName(control));
    const seen = [...document.body.querySelectorAll("label, label span, [id]")].some((element) => words(element.textContent) === name);
    if (name === "" || !seen) wrong.push(`${control.outerHTML.slice(0, 120)} is named “${name}”`);
  }
  return wrong;
}

test.each(scenes)("$name", async ({ answers }) => {
  speak(pseudo);
  open(answers);
  await settle(20);
  for (const closed of document.querySelectorAll<HTMLElement>(".disclosure[data-state=closed]")) closed.click();
  await settle(5);
  expect(hardCoded(), "each text is in the catalogue").toEqual([]);
  expect(misnamed(), "each control is named by the words seen on it").toEqual([]);
  expect(await objections(), "axe objects to nothing").toEqual([]);
});

test("the search for hard-coded texts finds one", async () => {
  document.body.innerHTML = "<p>Saved</p><button aria-label='Close'></button><p translate='no'>thesis.odt</p>";
  expect(hardCoded()).toEqual(["Saved", "aria-label: Close"]);
  document.body.innerHTML = "<button aria-label='Close'>Shut</button>";
  expect(misnamed()).toHaveLength(1);
  document.body.innerHTML = "";
});
