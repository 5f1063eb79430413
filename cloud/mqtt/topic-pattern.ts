/**
 * A topic filter whose levels may have names: `plant/{line}/+/{signal}`; `#` at the end takes the rest. The names fill
 * templates such as `line {line}`; `{#}` is the rest.
 */
export class TopicPattern {
  /** As a broker understands it. */
  readonly filter: string;
  readonly #levels: readonly string[];

  /** The text must have passed `topicPatternFault`. */
  constructor(text: string) {
    this.#levels = text.split('/');
    this.filter = this.#levels.map((level) => (nameOf(level) === undefined ? level : '+')).join('/');
  }

  /** What the names stand for in this topic; undefined where it does not fit. */
  match(topic: string): ReadonlyMap<string, string> | undefined {
    const levels = topic.split('/');
    const names = new Map<string, string>();
    for (const [place, wanted] of this.#levels.entries()) {
      if (wanted === '#') return names.set('#', levels.slice(place).join('/'));
      const level = levels[place];
      if (level === undefined) return undefined;
      const name = nameOf(wanted);
      if (name !== undefined) names.set(name, level);
      else if (wanted !== '+' && wanted !== level) return undefined;
    }
    return levels.length === this.#levels.length ? names : undefined;
  }
}

function nameOf(level: string): string | undefined {
  return /^\{([A-Za-z][A-Za-z0-9_]*)\}$/.exec(level)?.[1];
}

/** Why a text is no pattern; undefined when it is one. */
export function topicPatternFault(text: string): string | undefined {
  const levels = text.split('/');
  const names = levels.flatMap((level) => nameOf(level) ?? []);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) return `the name {${twice}} stands in it twice`;
  for (const [place, level] of levels.entries()) {
    if (nameOf(level) !== undefined || level === '+') continue;
    if (level === '#' && place === levels.length - 1) continue;
    if (/[#+{}\0]/.test(level)) return `the level "${level}" is neither a word nor +, {name} or a last #`;
  }
  return undefined;
}

/** Names a template asks for that the pattern does not give. */
export function unknownNames(template: string, pattern: string): string[] {
  const given = new Set(pattern.split('/').map((level) => (level === '#' ? '#' : nameOf(level))));
  return [...template.matchAll(/\{([^}]*)\}/g)].map((match) => match[1]!).filter((name) => !given.has(name));
}

export function fillTemplate(template: string, names: ReadonlyMap<string, string>): string {
  return template.replace(/\{([^}]*)\}/g, (_whole, name: string) => names.get(name) ?? '');
}
