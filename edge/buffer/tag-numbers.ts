import type { TagDeclaration } from '@gongfu/shared/model/tag';

type Undeclared = Omit<TagDeclaration, 'number'>;

/** Gives each tag identity (source, name, type, scaled) its number; what is `keep`-ed is on disk. */
export class TagNumbers {
  readonly #known = new Map<string, TagDeclaration>();
  #last = 0;

  constructor(stored: readonly TagDeclaration[]) {
    this.keep(stored);
  }

  /** The declarations with their numbers, and those of them that differ from what is kept. */
  number(tags: readonly Undeclared[]): { declared: TagDeclaration[]; changed: TagDeclaration[] } {
    let last = this.#last;
    const fresh = new Map<string, number>();
    const declared = tags.map((tag): TagDeclaration => {
      const identity = identityOf(tag);
      let number = this.#known.get(identity)?.number ?? fresh.get(identity);
      if (number === undefined) {
        last += 1;
        number = last;
        fresh.set(identity, number);
      }
      const { source, name, type, scaled, unit, description, maxSilentMs } = tag;
      // Not spread, which gives each of a hundred thousand objects a hidden shape of its own.
      return { number, source, name, type, scaled, unit, description, maxSilentMs };
    });
    return { declared, changed: declared.filter((tag) => !same(tag, this.#known.get(identityOf(tag)))) };
  }

  keep(tags: readonly TagDeclaration[]): void {
    for (const tag of tags) {
      this.#known.set(identityOf(tag), tag);
      this.#last = Math.max(this.#last, tag.number);
    }
  }

  all(): readonly TagDeclaration[] {
    return [...this.#known.values()];
  }
}

function identityOf(tag: Undeclared): string {
  return JSON.stringify([tag.source, tag.name, tag.type, tag.scaled]);
}

function same(tag: TagDeclaration, known: TagDeclaration | undefined): boolean {
  if (known === undefined) return false;
  return tag.unit === known.unit && tag.description === known.description && tag.maxSilentMs === known.maxSilentMs;
}
