import { afterEach, expect, test } from "vitest";
import { english, speak, t, type Catalogue, type MessageKey } from ".";

afterEach(() => speak(english));

test("placeholders are filled in", () => {
  expect(t("about.version", { version: "1.2.3" })).toBe("Backtrail 1.2.3");
});

test("a placeholder that is left out is an error, not a gap on the screen", () => {
  expect(() => t("about.version")).toThrow();
});

test("another language sets the page's language and direction too", () => {
  const keys = Object.keys(english.messages) as MessageKey[];
  const messages = Object.fromEntries(keys.map((key) => [key, `‏${key}`])) as Catalogue["messages"];
  const root = document.createElement("html");
  speak({ language: "ar", direction: "rtl", messages }, root);
  expect([root.lang, root.dir, t("app.name")]).toEqual(["ar", "rtl", "‏app.name"]);
});
