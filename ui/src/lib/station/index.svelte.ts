/**
 * What all screens share: the home view, the jobs that run, restores that ended, whether the background is there, and
 * which screen is shown. It asks again when the background says that something changed. No secret ever lies here.
 */
import { commands, events, type Event, type Failure, type Home, type Progress, type RestoreResult, type Screen } from "../../bindings";
import { asFailure, ask, GONE } from "../ask";
import { chooseTheme } from "../look/theme";
import { clock } from "./now.svelte";

/** What the window shows: a screen, or the wizard. */
export type Showing = Screen | "setup";

class Station {
  /** The home view; none before the first answer. */
  home = $state.raw<Home>();
  /** Why the home view cannot be had. */
  failure = $state.raw<Failure>();
  /** Whether the background is gone. */
  gone = $state(false);
  /** What is shown. */
  showing = $state<Showing>("home");
  /** Running jobs by id, newer than those in the home view. */
  progress = $state.raw<Record<string, Progress>>({});
  /** Restores that ended since the window was opened, by their job's id. */
  restored = $state.raw<Record<string, RestoreResult>>({});
  /** Counts what changed, so that a screen with questions of its own asks them again. */
  changes = $state(0);
  /** The profile that is restored from or looked at. */
  profile = $state<string>();

  #asking = false;
  #again = false;

  /** Listens, and asks for the first time. Gives what ends it. */
  start(): () => void {
    const unheard = [
      events.happened.listen(({ payload }) => this.hear(payload)),
      events.linked.listen(({ payload }) => this.linked(payload)),
    ];
    const stopClock = clock.run();
    void this.#begin();
    return () => {
      stopClock();
      for (const stop of unheard) void stop.then((end) => end(), () => {});
    };
  }

  async #begin(): Promise<void> {
    try {
      const screen = await ask(commands.ready());
      await this.refresh();
      if (this.home?.overall !== "not-set-up") this.show(screen);
    } catch (error) {
      this.#refused(asFailure(error));
    }
    try {
      chooseTheme((await ask(commands.settings())).app.theme);
    } catch {
      // The system's theme is shown; what is wrong is told by the home view.
    }
  }

  /** Takes what the background told. */
  hear(event: Event): void {
    switch (event.kind) {
      case "changed":
        this.changes += 1;
        void this.refresh();
        break;
      case "progress":
        this.progress = { ...this.progress, [event.with.job]: event.with };
        break;
      case "restored":
        this.restored = { ...this.restored, [event.with.job]: event.with };
        break;
      case "theme":
        chooseTheme(event.with);
        break;
      case "show":
        if (this.home?.overall !== "not-set-up") this.show(event.with);
        break;
    }
  }

  /** The link came or went. */
  linked(there: boolean): void {
    if (there) {
      this.changes += 1;
      void this.refresh();
    } else {
      this.gone = true;
    }
  }

  /** Shows a screen, of a profile where one is named. */
  show(screen: Showing, profile?: string): void {
    if (profile) this.profile = profile;
    this.showing = screen;
  }

  /** Asks for the home view again; while an answer is awaited, once more after it. */
  async refresh(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      do {
        this.#again = false;
        this.#take(await ask(commands.home()));
      } while (this.#again);
    } catch (error) {
      this.#refused(asFailure(error));
    } finally {
      this.#asking = false;
    }
  }

  #take(home: Home): void {
    clock.set(home.now);
    this.home = home;
    this.failure = undefined;
    this.gone = false;
    // Jobs that the home view no longer knows have ended; of a restore, an event tells the end.
    const running = new Set(home.profiles.flatMap(({ running }) => (running ? [running.job] : [])));
    const goesOn = ({ job, stage }: Progress) => running.has(job) || (stage === "restoring" && !this.restored[job]);
    this.progress = Object.fromEntries(Object.entries(this.progress).filter(([, job]) => goesOn(job)));
    if (home.overall === "not-set-up") this.showing = "setup";
  }

  #refused(failure: Failure): void {
    if (failure.code === GONE) this.gone = true;
    else this.failure = failure;
  }

  /** The job that runs for a profile, as lately told. */
  running(profile: string): Progress | undefined {
    const known = this.home?.profiles.find(({ id }) => id === profile)?.running ?? undefined;
    return known && (this.progress[known.job] ?? known);
  }
}

export const station = new Station();
