import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { fireEvent, render, screen } from "@testing-library/svelte";
import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import type { About } from "../../bindings";
import { english, speak, t, type Catalogue, type MessageKey } from "../../lib/i18n";
import Welcome from "./Welcome.svelte";

const about: About = {
  version: "9.8.7",
  licence: "GPL-3.0-or-later",
  stockDuplicity: { oldest: "0.8.22", newest: "3.2.1" },
  folders: { data: "/d/keys", config: "/d/settings", cache: "/d/copies", logs: "/d/logs" },
};

afterEach(() => {
  clearMocks();
  speak(english);
});

test("it says what it is, with the program's own version", async () => {
  const called: string[] = [];
  mockIPC((command) => {
    called.push(command);
    return about;
  });
  render(Welcome);
  expect(await screen.findByText("Version 9.8.7")).toBeTruthy();
  expect(screen.getByRole("heading", { level: 1, name: "Backtrail" })).toBeTruthy();
  expect(screen.getByText(/duplicity, 0\.8\.22 and 3\.2\.1,/)).toBeTruthy();
  expect(called, "the page asks the program once, for this alone").toEqual(["about"]);
});

test("the folders are shown on request", async () => {
  mockIPC(() => about);
  render(Welcome);
  const trigger = await screen.findByRole("button", { name: t("welcome.folders") });
  expect(trigger.getAttribute("aria-expanded")).toBe("false");
  await fireEvent.click(trigger);
  expect(trigger.getAttribute("aria-expanded")).toBe("true");
  for (const path of Object.values(about.folders)) expect(screen.getByText(path)).toBeTruthy();
});

test("a program that does not answer is told, and asked again", async () => {
  let answers = false;
  mockIPC(() => {
    if (!answers) throw new Error("the pipe is closed");
    return about;
  });
  render(Welcome);
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("the pipe is closed");
  answers = true;
  await fireEvent.click(screen.getByRole("button", { name: t("error.retry") }));
  expect(await screen.findByText("Version 9.8.7")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("axe finds nothing to object to, in either state", async () => {
  mockIPC(() => about);
  const { container } = render(Welcome);
  await screen.findByText("Version 9.8.7");
  await fireEvent.click(screen.getByRole("button", { name: t("welcome.folders") }));
  // Colours are judged in the real window: jsdom draws nothing.
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

test("no text is outside the catalogue", async () => {
  mockIPC(() => ({ ...about, version: "[v]", licence: "[l]" }));
  const bracketed = Object.entries(english.messages).map(([key, text]) => [key as MessageKey, `[${text}]`] as const);
  speak({ ...english, messages: Object.fromEntries(bracketed) as Catalogue["messages"] });
  const { container } = render(Welcome);
  const trigger = await screen.findByRole("button", { name: /\[Where/ });
  await fireEvent.click(trigger);
  const texts: string[] = [];
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    const text = textContent?.trim();
    if (text && !parentElement?.closest("code")) texts.push(text);
  }
  expect(texts.length, "the screen has texts to judge").toBeGreaterThan(10);
  expect(texts.filter((text) => !text.startsWith("[") || !text.endsWith("]"))).toEqual([]);
});
