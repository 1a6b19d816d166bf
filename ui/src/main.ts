import { mount } from "svelte";
import App from "./App.svelte";
import "./lib/look/base.css";
import { followSystemTheme } from "./lib/look/theme";

followSystemTheme();

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element with the id app");
mount(App, { target });
