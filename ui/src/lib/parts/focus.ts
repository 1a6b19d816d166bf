/** Moves focus to an element as it appears: the heading of a screen, so that readers begin there. */
import type { Attachment } from "svelte/attachments";

export const focused: Attachment<HTMLElement> = (element) => {
  element.focus({ preventScroll: true });
};
