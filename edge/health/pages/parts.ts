import { type Html, html } from './html.ts';
import type { View } from './page.ts';

type Tone = 'good' | 'waiting' | 'bad' | 'plain';

const tones: Readonly<Record<string, Tone>> = {
  connected: 'plain',
  connecting: 'waiting',
  enrolling: 'waiting',
  failing: 'bad',
  refused: 'bad',
  stopped: 'waiting',
};

/** The marks differ in shape too: never by colour alone. */
const marks: Readonly<Record<Tone, string>> = { good: '●', plain: '●', waiting: '◐', bad: '▲' };

/** A state in one word; only what deviates has a colour. */
export function stateMark(state: string, words: Readonly<Record<string, string>>): Html {
  return mark(tones[state] ?? 'waiting', words[state] ?? state);
}

export function mark(tone: Tone, word: string): Html {
  return html`<span class="mark ${tone}"><span aria-hidden="true">${marks[tone]}</span> ${word}</span>`;
}

/** The address of a page with these keys, of which empty ones are left out. */
export function address(path: string, keys: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(keys).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** A choice in a filter form. */
export function choice(options: {
  name: string;
  label: string;
  chosen: string;
  among: readonly (readonly [value: string, word: string])[];
}): Html {
  const { name, label, chosen, among } = options;
  const items = among.map(
    ([value, word]) => html`<option value="${value}"${value === chosen && html` selected`}>${word}</option>`,
  );
  return html`<label>${label} <select name="${name}">${items}</select></label>`;
}

/** Which part of a long list is asked for; a number that is none is the first page. */
export function pageNumber({ query }: View, pages: number): number {
  const asked = Number(query.get('page') ?? 1);
  return Number.isInteger(asked) ? Math.min(Math.max(1, asked), Math.max(1, pages)) : 1;
}

/** Links to the pages before and after; nothing where there is one only. */
export function pageLinks(view: View, options: { page: number; pages: number; href: (page: number) => string }): Html {
  const { page, pages, href } = options;
  const { paging } = view.texts;
  if (pages <= 1) return html``;
  const newer = page > 1 && html`<a rel="prev" href="${href(page - 1)}">← ${paging.newer}</a>`;
  const older = page < pages && html`<a rel="next" href="${href(page + 1)}">${paging.older} →</a>`;
  return html`<nav class="paging" aria-label="${paging.label}">${newer}<span>${page} / ${pages}</span>${older}</nav>`;
}
