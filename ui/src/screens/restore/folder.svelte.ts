/** A folder at a moment, asked for in pages as it is looked at: it may have a hundred thousand entries. */
import { commands, type Entry, type Listing } from "../../bindings";
import { ask } from "../../lib/ask";

export const PAGE = 500;

const page = (moment: string, folder: string | null, offset: number): Promise<Listing> =>
  ask(commands.browse(moment, folder, offset, PAGE));

export class Folder {
  /** The folder itself and those above it, the outermost first. */
  readonly trail: Entry[];
  readonly total: number;
  #entries = $state.raw(new Map<number, Entry[]>());
  #asked = new Set<number>();

  private constructor(
    readonly moment: string,
    private readonly id: string | null,
    first: Listing,
  ) {
    this.trail = first.trail;
    this.total = first.total;
    this.#entries.set(0, first.entries);
    this.#asked.add(0);
  }

  /** Opens a folder by id; the outermost without one. */
  static async open(moment: string, id: string | null): Promise<Folder> {
    return new Folder(moment, id, await page(moment, id, 0));
  }

  /**
   * Opens the folder of these names at a moment, as far down as it is there. Without names: the first folder on the way
   * down in which there is something to choose.
   */
  static async find(moment: string, names: string[]): Promise<Folder> {
    let folder = await Folder.open(moment, null);
    const outermost = folder.trail.length;
    for (const name of names.slice(outermost)) {
      const next = folder.named(name);
      if (!next) return folder;
      folder = await Folder.open(moment, next.id);
    }
    while (names.length === 0 && folder.total === 1 && folder.trail.length < 64) {
      const only = folder.entry(0);
      if (only?.kind !== "folder") break;
      folder = await Folder.open(moment, only.id);
    }
    return folder;
  }

  /** A folder in it by name, among those known. */
  private named(name: string): Entry | undefined {
    return this.#entries.get(0)?.find((entry) => entry.kind === "folder" && entry.name === name);
  }

  /** The entry at a place, once it is known. */
  entry(index: number): Entry | undefined {
    return this.#entries.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Asks for the entries from one place to another, where they are not known. */
  async need(from: number, to: number): Promise<void> {
    for (let number = Math.floor(from / PAGE); number * PAGE < Math.min(to, this.total); number += 1) {
      if (this.#asked.has(number)) continue;
      this.#asked.add(number);
      try {
        const { entries } = await page(this.moment, this.id, number * PAGE);
        this.#entries = new Map(this.#entries).set(number, entries);
      } catch (error) {
        this.#asked.delete(number); // asked again when it is looked at again
        throw error;
      }
    }
  }

  /** The folder's own entry. */
  get self(): Entry | undefined {
    return this.trail.at(-1);
  }

  get names(): string[] {
    return this.trail.map(({ name }) => name);
  }
}
