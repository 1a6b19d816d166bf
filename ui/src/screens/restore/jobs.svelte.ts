/** What restores were asked for in this window, so that one can be asked for again. Ids alone, no paths. */
import { commands, type RestoreWhere } from "../../bindings";
import { ask } from "../../lib/ask";
import { station } from "../../lib/station/index.svelte";

/** A restore as it was asked for. */
export interface Asked {
  profile: string;
  moment: string;
  entries: string[];
  target: RestoreWhere;
}

const asked = new Map<string, Asked>();

/** Starts it. */
export async function restore(what: Asked, acceptSigner: boolean): Promise<void> {
  const job = await ask(commands.restore(what.moment, what.entries, what.target, acceptSigner));
  asked.set(job, what);
  void station.refresh();
}

/** How a restore was asked for, if it was in this window. */
export function askedFor(job: string): Asked | undefined {
  return asked.get(job);
}

/** Its result was seen. */
export function dismiss(job: string): void {
  asked.delete(job);
  station.restored = Object.fromEntries(Object.entries(station.restored).filter(([known]) => known !== job));
}
