/**
 * Every text a person reads, by key, in the ICU message format, so that plurals and other languages need no code. The
 * English catalogue is the source: a key that is not in it does not compile.
 */
import { IntlMessageFormat } from "intl-messageformat";
import en from "./en.json";
import { conventions, systemLanguages } from "./region";

/** The name of a text. */
export type MessageKey = keyof typeof en;

/** What a text's placeholders stand for. */
export type MessageValues = Record<string, string | number | Date>;

/** A language's texts. */
export interface Catalogue {
  /** As a BCP 47 tag, for plurals, dates, and screen readers. */
  language: string;
  direction: "ltr" | "rtl";
  messages: Record<MessageKey, string>;
}

export const english: Catalogue = { language: "en", direction: "ltr", messages: en };

let catalogue = english;
let tag = conventions(english.language, systemLanguages()[0] ?? english.language);
const formats = new Map<MessageKey, IntlMessageFormat>();

/** Shows all texts in this language from now on. Called before the first screen is shown. */
export function speak(chosen: Catalogue, root: HTMLElement = document.documentElement): void {
  catalogue = chosen;
  tag = conventions(chosen.language, systemLanguages()[0] ?? chosen.language);
  formats.clear();
  root.lang = chosen.language;
  root.dir = chosen.direction;
}

/** The tag that dates and numbers are written by. */
export function locale(): string {
  return tag;
}

/** Whether the catalogue has a text of this name: codes and ids from the other side may be newer than it. */
export function has(key: string): key is MessageKey {
  return Object.hasOwn(catalogue.messages, key);
}

/** The text of this name, its placeholders filled in. */
export function t(key: MessageKey, values?: MessageValues): string {
  let format = formats.get(key);
  if (!format) {
    format = new IntlMessageFormat(catalogue.messages[key], tag, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(values));
}
