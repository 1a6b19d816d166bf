/** Something that a button does: whether it is under way, and why it failed. */
import type { Failure } from "../bindings";
import { asFailure } from "./ask";

export class Doing {
  busy = $state(false);
  failure = $state.raw<Failure>();

  /** Does it, unless it is under way already; whether it went well. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      this.failure = asFailure(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
