/**
 * Light and dark: as the system has it, live, unless the settings say otherwise. The tokens in `tokens.css` hang on the
 * attribute set here.
 */
import type { ThemeChoice } from "../../bindings";

let choice: ThemeChoice = "system";
let apply = () => {};

/** Follows the system from now on. Called once, before the first screen is shown. */
export function followSystemTheme(root: HTMLElement = document.documentElement): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  apply = () => {
    const system = dark.matches ? "dark" : "light";
    root.dataset.theme = choice === "system" ? system : choice;
  };
  apply();
  dark.addEventListener("change", () => apply());
}

/** Shows this theme, or the system's, from now on. */
export function chooseTheme(chosen: ThemeChoice): void {
  choice = chosen;
  apply();
}
