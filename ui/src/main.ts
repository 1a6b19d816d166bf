import { mount } from "svelte";
import App from "./App.svelte";
import { english, speak } from "./lib/i18n";
import "./lib/look/base.css";
import { followSystemTheme } from "./lib/look/theme";

followSystemTheme();
speak(english);

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element with the id app");
mount(App, { target });
