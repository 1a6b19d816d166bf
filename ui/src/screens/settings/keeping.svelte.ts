/** Hands changes on as they are made, one after the other, the latest state each time. */
import { commands, type AppSettingsView, type Failure, type ProfileSettings } from "../../bindings";
import { asFailure, ask } from "../../lib/ask";

const LATER = 350; // milliseconds: one keeping for several clicks

type Work = () => Promise<unknown>;

export class Keeping {
  busy = $state(false);
  saved = $state(false);
  failure = $state.raw<Failure>();
  #waiting = new Map<string, Work>();
  #failed = new Map<string, Work>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #working = false;

  app(settings: AppSettingsView): void {
    const now = $state.snapshot(settings);
    this.#soon("app", () => ask(commands.changeAppSettings(now)));
  }

  profile(settings: ProfileSettings): void {
    const now = $state.snapshot(settings) as ProfileSettings;
    this.#soon(now.id, () => ask(commands.changeProfile(now)));
  }

  /** Tries again what could not be kept. */
  again(): void {
    for (const [name, work] of this.#failed) if (!this.#waiting.has(name)) this.#waiting.set(name, work);
    void this.#work();
  }

  #soon(name: string, work: Work): void {
    this.#waiting.set(name, work);
    this.busy = true;
    this.saved = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#work(), LATER);
  }

  async #work(): Promise<void> {
    if (this.#working) return; // it takes what waits when it is done
    this.#working = true;
    this.failure = undefined;
    this.#failed.clear();
    let next: [string, Work] | undefined;
    while ((next = this.#waiting.entries().next().value)) {
      const [name, work] = next;
      this.#waiting.delete(name);
      try {
        await work();
      } catch (error) {
        this.failure = asFailure(error);
        this.#failed.set(name, work);
      }
    }
    this.#working = false;
    this.busy = false;
    this.saved = this.failure === undefined;
  }
}
