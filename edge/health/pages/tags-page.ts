import { qualityOf } from '@gongfu/shared/model/quality';
import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { TagQuality, TagReading } from '../../collector/collector-types.ts';
import type { Health } from '../health.ts';
import { ageOf, numberText } from './figures.ts';
import { type Html, html } from './html.ts';
import type { LocalPage, View } from './page.ts';
import { address, choice, mark, pageLinks, pageNumber } from './parts.ts';
import { statusWords } from './status-words.ts';
import { textsOf } from './texts.ts';

const perPage = 100;
const textShown = 200;
const qualities: readonly TagQuality[] = ['bad', 'uncertain', 'good', 'unknown'];

interface TagsPageOptions {
  readonly health: Health;
  /** Where a tag can be written; undefined where it cannot. */
  readonly writeAddress?: ((tag: number) => string | undefined) | undefined;
}

/** The newest value of each tag, a page of them at a time: the search runs where the values are. */
export function tagsPage({ health, writeAddress }: TagsPageOptions): LocalPage {
  return {
    path: '/tags',
    title: { zh: textsOf.zh.tags.title, en: textsOf.en.tags.title },
    show: (view) => {
      const search = (view.query.get('search') ?? '').slice(0, 200);
      const source = view.query.get('source') ?? '';
      const quality = qualities.find((one) => one === view.query.get('quality'));
      const asked = { search, source: source === '' ? undefined : source, quality, limit: perPage };
      const first = health.findTags({ ...asked, offset: 0 });
      const pages = Math.ceil(first.total / perPage);
      const page = pageNumber(view, pages);
      const { total, tags } = page === 1 ? first : health.findTags({ ...asked, offset: (page - 1) * perPage });
      const href = (at: number) => address('/tags', { search, source, quality, page: at });
      const sources = health.sourceNames();
      return html`${filter(view, { search, source, quality: quality ?? '', sources })}
<div data-live>${count(view, page, total)}${table(tags, view, { health, writeAddress })}${pageLinks(view, { page, pages, href })}</div>`;
    },
  };
}

interface Asked {
  readonly search: string;
  readonly source: string;
  readonly quality: string;
  readonly sources: readonly string[];
}

function filter({ texts }: View, { search, source, quality, sources }: Asked): Html {
  const { tags: words } = texts;
  const chosenSource = choice({
    name: 'source',
    label: words.source,
    chosen: source,
    among: [['', words.allSources], ...sources.map((name) => [name, name] as const)],
  });
  const chosenQuality = choice({
    name: 'quality',
    label: words.quality,
    chosen: quality,
    among: [['', words.allQualities], ...qualities.map((one) => [one, words.qualities[one]] as const)],
  });
  return html`<form class="filter" method="get"><label>${words.search}
<input type="search" name="search" value="${search}" maxlength="200" autocomplete="off"></label>
${chosenSource}${chosenQuality}<button>${words.apply}</button></form>`;
}

function count({ texts }: View, page: number, total: number): Html {
  if (total === 0) return html`<p class="empty">${texts.tags.none}</p>`;
  const from = (page - 1) * perPage + 1;
  const to = Math.min(total, page * perPage);
  return html`<p class="quiet">${texts.tags.found(numberText(from), numberText(to), numberText(total))}</p>`;
}

function table(tags: readonly TagReading[], view: View, { health, writeAddress }: TagsPageOptions): Html {
  const { tags: words } = view.texts;
  if (tags.length === 0) return html``;
  return html`<table class="tags" aria-label="${words.title}"><thead><tr><th scope="col">${words.tag}<th scope="col" class="n">${words.value}
<th scope="col">${words.quality}<th scope="col" class="n">${words.age}</tr></thead>
<tbody>${tags.map((tag) => row(tag, health.unitOf(tag.tag), view, writeAddress?.(tag.tag)))}</tbody></table>`;
}

function row(tag: TagReading, unit: string, view: View, writing: string | undefined): Html {
  const { name, source, status, sourceTime } = tag;
  const time = sourceTime === null ? '' : ageOf(sourceTime, view);
  return html`<tr><th scope="row">${name}<small>${source}</small>${writing !== undefined && html`<a class="write" href="${writing}">${view.texts.tags.write}</a>`}<td class="n">${valueText(tag, unit, view)}
<td>${qualityMark(status, view)}<td class="n">${time}</tr>`;
}

function valueText({ value }: TagReading, unit: string, { texts }: View): Html {
  if (value === null) return html`<span class="quiet">${texts.none}</span>`;
  const text = String(value);
  const shown = text.length > textShown ? `${text.slice(0, textShown)}…` : text;
  return html`<strong>${shown}</strong>${unit !== '' && html` <span class="quiet">${unitSymbol(unit)}</span>`}`;
}

function qualityMark(status: number | null, { texts, language }: View): Html {
  const { qualities: words } = texts.tags;
  if (status === null) return mark('waiting', words.unknown);
  const quality = qualityOf(status);
  if (quality === 'good') return mark('plain', words.good);
  const tone = quality === 'bad' ? 'bad' : 'waiting';
  const code = `0x${status.toString(16).padStart(8, '0').toUpperCase()}`;
  return html`${mark(tone, words[quality])} <span class="quiet" title="${code}">${statusWords(status, language)}</span>`;
}
