/** Light and dark, as the system has it, live. The tokens in `tokens.css` hang on the attribute set here. */
export function followSystemTheme(root: HTMLElement = document.documentElement): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.theme = dark.matches ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
}
