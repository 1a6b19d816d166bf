/** The whole window in a test: the app over answers that stand for the background, and what it asked. */
import { emit } from "@tauri-apps/api/event";
import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { cleanup, render, screen } from "@testing-library/svelte";
import axe from "axe-core";
import { tick } from "svelte";
import App from "../App.svelte";
import type { Event } from "../bindings";
import { english, speak } from "../lib/i18n";
import { station } from "../lib/station/index.svelte";
import type { Answers } from "./scenes";

/** A command as it was sent. */
export interface Asked {
  command: string;
  sent: any;
}

// What jsdom does not have.
Object.assign(window, {
  matchMedia: (media: string) => ({ media, matches: false, addEventListener() {}, removeEventListener() {} }),
  ResizeObserver: class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
});
Element.prototype.scrollIntoView = () => {};
// It lays nothing out: a list needs a height to know what is in view.
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 480 });

/** Opens the window; gives the list of what it asks, which grows. */
export function open(answers: Answers): Asked[] {
  const asked: Asked[] = [];
  mockIPC(
    async (command, sent) => {
      asked.push({ command, sent });
      const answer = answers[command];
      return ((await (typeof answer === "function" ? (answer as (sent: unknown) => unknown)(sent) : answer)) ?? null) as never;
    },
    { shouldMockEvents: true },
  );
  render(App);
  return asked;
}

/** Closes it, and forgets what it knew. */
export async function close(): Promise<void> {
  cleanup();
  await settle(0); // what it listened to is ended
  clearMocks();
  speak(english);
  Object.assign(station, { home: undefined, failure: undefined, gone: false, showing: "home", progress: {}, restored: {}, changes: 0, profile: undefined });
}

/** The background tells something. */
export async function tell(event: Event): Promise<void> {
  await emit("happened", event);
  await tick();
}

/** Lets what was asked be answered and drawn. */
export async function settle(milliseconds = 30): Promise<void> {
  await new Promise((after) => setTimeout(after, milliseconds));
  await tick();
}

/** A button by the words on it. */
export const button = (name: string | RegExp) => screen.getByRole("button", { name });

/** How often a command was asked. */
export const times = (asked: Asked[], command: string) => asked.filter((one) => one.command === command).length;

/** What was sent with the latest of a command. */
export const latest = (asked: Asked[], command: string) => asked.filter((one) => one.command === command).at(-1)?.sent;

/** What axe objects to. Colours are judged in the real browser: jsdom draws nothing. */
export async function objections(): Promise<unknown[]> {
  const rules = { "color-contrast": { enabled: false }, "target-size": { enabled: false } };
  const { violations } = await axe.run(document.body, { rules });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]);
}
