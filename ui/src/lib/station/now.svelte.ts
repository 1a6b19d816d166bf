/** The time by the app's clock, for *12 minutes ago*: it moves on twice a minute. */

const system = () => Math.floor(Date.now() / 1000);

class Clock {
  #ahead = 0; // seconds that the app's clock is ahead of this page's
  #now = $state(system());

  get now(): number {
    return this.#now;
  }

  /** Takes the time that the app told. */
  set(now: number): void {
    this.#ahead = now - system();
    this.#now = now;
  }

  /** Moves on from now on; gives what stops it. */
  run(): () => void {
    const timer = setInterval(() => (this.#now = system() + this.#ahead), 30_000);
    return () => clearInterval(timer);
  }
}

export const clock = new Clock();
