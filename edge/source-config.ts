import { Problem } from '@gongfu/shared/base/problem';
import { keysOf, nearestOf, unknownKey } from '@gongfu/shared/config/known-key';
import { nameLengthMax } from '@gongfu/shared/model/name-text';
import { z } from 'zod';
import { type DriverId, drivers } from './drivers/registry.ts';
import {
  type DriverTypes,
  heartbeatSchema,
  intervalSchema,
  nameSchema,
  type SourceTimes,
  type TagConfig,
  tagConfigOf,
  tagSchemaWith,
} from './tag-config.ts';
import { interlockFaults } from './tag-write.ts';

/** Keys of every source, whatever its driver. */
const sourceBase = z.strictObject({
  name: nameSchema,
  interval: intervalSchema.prefault('1s'),
  heartbeat: heartbeatSchema.prefault('10s'),
  tags: z.array(z.unknown()).min(1, 'needs at least one tag'),
});

export interface SourceConfig {
  readonly name: string;
  readonly driver: DriverId;
  /** What the driver's own schema has made of its keys. */
  readonly settings: unknown;
  readonly tags: readonly TagConfig[];
}

interface TagSchemas {
  readonly base: ReturnType<typeof tagSchemaWith>;
  readonly own: z.ZodType;
  readonly types: DriverTypes;
  readonly writes: boolean;
  readonly elements: ElementsOf | undefined;
}
type ElementsOf = NonNullable<(typeof drivers)[DriverId]['elements']>;

type Raw = Record<string, unknown>;
type Path = readonly (string | number)[];
type Report = (path: Path, message: string, place?: 'key') => void;

/** Read by hand and not by one nested schema, because which keys a source may have hangs on its driver. */
export const sourcesSchema = z.array(z.unknown()).transform((raws, context): readonly SourceConfig[] => {
  const report: Report = (path, message, place) => {
    context.addIssue({
      code: 'custom',
      path: [...path],
      message,
      ...(place === undefined ? {} : { params: { place } }),
    });
  };
  const forward = (issues: readonly z.core.$ZodIssue[], path: Path) => {
    for (const issue of issues)
      context.issues.push({ ...issue, input: undefined, path: [...path, ...issue.path] } as never);
  };
  refuseRepeated(raws.map(namesOf), [], 'source', report);
  const sources = raws.map((raw, place) => new SourceReader([place], report, forward).read(raw));
  refuseInterlocks(sources, raws, report);
  const known = sources.filter((source) => source !== undefined);
  // A source with a fault of its own is not known well enough to say that others refer to it wrongly.
  if (known.length === raws.length) judgeTogether(known, report);
  return known;
});

/** What only all sources together can tell, as whether a tag that reads another one can. */
function judgeTogether(sources: readonly SourceConfig[], report: Report): void {
  const all = sources.flatMap(({ name: source, driver, tags }) =>
    tags.map(({ name, kind }) => ({ source, driver, name, kind })),
  );
  for (const [place, { name, driver, tags }] of sources.entries()) {
    try {
      drivers[driver].judge?.({ name, tags }, all);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      for (const { where, what } of error.places) report([place, ...stepsOf(where)], what);
    }
  }
}

class SourceReader {
  readonly #path: Path;
  readonly #report: Report;
  readonly #forward: (issues: readonly z.core.$ZodIssue[], path: Path) => void;
  #failed = false;

  constructor(path: Path, report: Report, forward: (issues: readonly z.core.$ZodIssue[], path: Path) => void) {
    this.#path = path;
    this.#report = (...fault) => {
      this.#failed = true;
      report(...fault);
    };
    this.#forward = forward;
  }

  read(raw: unknown): SourceConfig | undefined {
    const mapping = this.#mapping(raw, this.#path);
    if (mapping === undefined) return undefined;
    const { driver: id, ...keys } = mapping;
    const driver = this.#driver(id);
    if (driver === undefined) return undefined;
    const { sourceSchema, tagSchema, types = {}, writes = false, elements } = drivers[driver];
    const split = this.#split(keys, sourceBase, sourceSchema, this.#path, ['driver']);
    const base = this.#parse(sourceBase, split.base, this.#path);
    const settings = this.#parse(sourceSchema, split.own, this.#path);
    const raws = Array.isArray(mapping.tags) ? mapping.tags : [];
    const source = { intervalMs: base?.interval ?? 1000, heartbeatMs: base?.heartbeat ?? 10_000 };
    const schemas = { base: tagSchemaWith(types), own: tagSchema, types, writes, elements };
    const tags = raws.map((tag, place) => this.#tag(tag, [...this.#path, 'tags', place], source, schemas));
    const names = tags.map((made, place) => (made.length === 0 ? namesOf(raws[place]) : made.map(({ name }) => name)));
    refuseRepeated(names, [...this.#path, 'tags'], 'tag', this.#report);
    if (settings !== undefined) this.#plan(driver, settings, tags);
    if (this.#failed || base === undefined) return undefined;
    return { name: base.name, driver, settings, tags: tags.flat() };
  }

  #driver(id: unknown): DriverId | undefined {
    if (typeof id === 'string' && Object.hasOwn(drivers, id)) return id as DriverId;
    const known = Object.keys(drivers);
    const nearest = typeof id === 'string' ? nearestOf(id, known) : undefined;
    const found = id === undefined ? 'is missing' : `${JSON.stringify(id)} is unknown`;
    const path = id === undefined ? this.#path : [...this.#path, 'driver'];
    this.#report(
      path,
      `driver ${found}; known: ${known.join(', ')}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
    );
    return undefined;
  }

  /** The tag of one entry, or the elements of an array; none where the entry is refused. */
  #tag(raw: unknown, path: Path, source: SourceTimes, schemas: TagSchemas): readonly TagConfig[] {
    const mapping = this.#mapping(raw, path);
    if (mapping === undefined) return [];
    const split = this.#split(mapping, schemas.base, schemas.own, path, []);
    const base = this.#parse(schemas.base, split.base, path);
    const own = this.#parse(schemas.own, split.own, path) as object | undefined;
    if (base === undefined || own === undefined) return [];
    const tag = tagConfigOf(base, own, schemas.types, source, (key, what) => this.#report([...path, key], what));
    if (tag.write !== undefined && !schemas.writes) {
      this.#report([...path, 'write'], 'this driver writes nothing; write the tag of the source it comes from');
    }
    const elements = schemas.elements?.(tag) as readonly TagConfig[] | undefined;
    if (elements === undefined) return [tag];
    const named = elements.map((element, i) => ({ ...element, name: `${tag.name}[${i}]` }));
    if (named.at(-1)!.name.length > nameLengthMax)
      this.#report([...path, 'name'], `with the number of an element it has more than ${nameLengthMax} characters`);
    return named;
  }

  /** What only the driver can judge, as a bit without a register, it judges by planning; tags already refused are left out. */
  #plan(driver: DriverId, settings: unknown, tags: readonly (readonly TagConfig[])[]): void {
    const usable = tags.flatMap((made, place) => made.map((tag) => ({ tag, place })));
    const told = new Set<string>();
    try {
      drivers[driver].plan(
        settings,
        usable.map(({ tag, place }) => ({ ...tag, number: place + 1 })),
      );
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.places.length === 0) this.#report(this.#path, error.message);
      for (const { where, what } of error.places) {
        const [list, index, ...rest] = stepsOf(where);
        const steps =
          list === 'tags' && typeof index === 'number' ? [list, usable[index]!.place, ...rest] : stepsOf(where);
        // What is wrong with the elements of one array is said once.
        if (told.has(steps.join())) continue;
        told.add(steps.join());
        this.#report([...this.#path, ...steps], what);
      }
    }
  }

  #mapping(raw: unknown, path: Path): Raw | undefined {
    if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Raw;
    this.#report(path, 'must be a mapping of keys');
    return undefined;
  }

  /** Keys everyone has, keys of the driver; the rest is unknown, and the nearest of both is named. */
  #split(raw: Raw, base: z.ZodType, own: z.ZodType, path: Path, more: readonly string[]): { base: Raw; own: Raw } {
    const [baseKeys, ownKeys] = [keysOf(base), keysOf(own)];
    const split: { base: Raw; own: Raw } = { base: {}, own: {} };
    for (const [key, value] of Object.entries(raw)) {
      if (baseKeys.includes(key)) split.base[key] = value;
      else if (ownKeys.includes(key)) split.own[key] = value;
      else this.#report([...path, key], unknownKey(key, [...baseKeys, ...ownKeys, ...more]), 'key');
    }
    return split;
  }

  #parse<S extends z.ZodType>(schema: S, raw: Raw, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    this.#failed = true;
    this.#forward(result.error.issues, path);
    return undefined;
  }
}

function refuseInterlocks(
  sources: readonly (SourceConfig | undefined)[],
  raws: readonly unknown[],
  report: Report,
): void {
  if (!sources.some((source) => source?.tags.some(({ write }) => write !== undefined))) return;
  const known = new Map(
    raws.flatMap((raw, place) => {
      const source = sources[place];
      const tags = source && new Map(source.tags.map((tag) => [tag.name, tag]));
      const isRead = source === undefined || drivers[source.driver].writes === true;
      return namesOf(raw).map((name) => [name, { tags, isRead }] as const);
    }),
  );
  for (const [place, source] of sources.entries()) {
    const tags = (raws[place] as Raw | null)?.tags;
    if (source === undefined || !Array.isArray(tags)) continue;
    for (const [entry, raw] of tags.entries()) {
      const [name] = namesOf(raw);
      const own = known.get(source.name)?.tags;
      const rule = (own?.get(name!) ?? own?.get(`${name}[0]`))?.write;
      if (rule === undefined) continue;
      for (const what of interlockFaults(source.name, rule, known)) {
        report([place, 'tags', entry, 'write', 'interlock'], what);
      }
    }
  }
}

function namesOf(raw: unknown): readonly string[] {
  const name = (raw as Raw | null)?.name;
  return typeof name === 'string' ? [name] : [];
}

/** `named` has, entry by entry, the names each brings. */
function refuseRepeated(named: readonly (readonly string[])[], path: Path, what: string, report: Report): void {
  const places = new Map<string, number>();
  for (const [place, names] of named.entries()) {
    const twin = names.find((name) => places.has(name));
    for (const name of names) if (!places.has(name)) places.set(name, place);
    if (twin !== undefined) {
      const first = places.get(twin)! + 1;
      report([...path, place, 'name'], `a ${what} named "${twin}" is there already, as number ${first} of the list`);
    }
  }
}

/** `tags[3].bit` → ['tags', 3, 'bit'] */
function stepsOf(where: string): Path {
  return [...where.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) =>
    index === undefined ? key! : Number(index),
  );
}
