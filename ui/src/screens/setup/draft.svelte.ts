/**
 * What was found and what was chosen in the wizard. It is handed to the background after each change, so that the wizard
 * can be left and taken up again. The passphrase is not a part of it.
 */
import { commands, type Measured, type SetUp, type SetupView } from "../../bindings";
import { ask } from "../../lib/ask";

const LATER = 250; // milliseconds: one keeping for several clicks

export class Draft {
  view = $state<SetupView>() as SetupView;
  measured = $state.raw<Measured>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #ended = false;

  constructor(view: SetupView) {
    this.view = view;
    this.#choosePlace();
  }

  /** Takes what is found now (a drive came or went), and keeps what was chosen. */
  found(view: SetupView): void {
    const place = this.place?.id;
    const places = view.places.map((found) => ({ ...found, chosen: found.id === place }));
    this.view = { ...this.view, places, keyring: view.keyring, kitSaved: view.kitSaved, keyMade: view.keyMade };
    this.#choosePlace();
  }

  // A drive that is plugged in while the wizard waits for one is what it was plugged in for.
  #choosePlace(): void {
    const { places } = this.view;
    if (places.some(({ chosen }) => chosen)) return;
    const good = places.find(({ caution }) => caution === null);
    if (good) good.chosen = true;
  }

  get sources() {
    return this.view.sources.filter(({ chosen }) => chosen);
  }

  get place() {
    return this.view.places.find(({ chosen }) => chosen);
  }

  /** What was chosen; none before there is a place. */
  get setUp(): SetUp | undefined {
    const { excludes, protect, when, keep } = this.view;
    const place = this.place;
    if (!place) return undefined;
    return {
      sources: this.sources.map(({ id }) => id),
      excludes: excludes.filter(({ chosen }) => chosen).map(({ id }) => id),
      place: place.id,
      protect,
      when: $state.snapshot(when),
      keep: $state.snapshot(keep),
    };
  }

  choose(place: string): void {
    for (const known of this.view.places) known.chosen = known.id === place;
    this.keep();
  }

  /** Hands on what was chosen, soon. A failure is told when the wizard goes on. */
  keep(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keepNow().catch(() => {}), LATER);
  }

  /** Hands on what was chosen. */
  async keepNow(): Promise<void> {
    clearTimeout(this.#timer);
    const setUp = this.setUp;
    if (setUp && !this.#ended) await ask(commands.keepSetup(setUp));
  }

  /** Nothing is kept or measured any more. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#asked += 1;
  }

  /** Asks for sizes until all is counted. */
  async measure(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    let wait = 300;
    while (asked === this.#asked) {
      const sources = this.sources.map(({ id }) => id);
      const excludes = this.view.excludes.filter(({ chosen }) => chosen).map(({ id }) => id);
      let measured: Measured;
      try {
        measured = await ask(commands.measure(sources, excludes));
      } catch {
        return; // sizes are a help, not a need
      }
      if (asked !== this.#asked) return;
      this.measured = measured;
      if (measured.done) return;
      await new Promise((after) => setTimeout(after, wait));
      wait = Math.min(wait * 1.5, 1500);
    }
  }
}
