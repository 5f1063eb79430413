import type { Health, SourceReport } from '../health.ts';
import { faultWords } from './fault-words.ts';
import { latencyText, numberText, periodText } from './figures.ts';
import { type Html, html } from './html.ts';
import type { LocalPage, View } from './page.ts';
import { address, choice, mark, pageLinks, pageNumber, stateMark } from './parts.ts';
import { textsOf } from './texts.ts';

const perPage = 50;
/** Less than this share of what is due is worth a word. */
const shortShare = 0.98;

/** Every source: how it is, why, what to do, and whether its polls keep up. Those that do not deliver come first. */
export function sourcesPage({ health }: { health: Health }): LocalPage {
  return {
    path: '/sources',
    title: { zh: textsOf.zh.sources.title, en: textsOf.en.sources.title },
    show: (view) => {
      const { sources: words } = view.texts;
      const state = view.query.get('state') ?? '';
      const search = view.query.get('search') ?? '';
      const { sources } = health.report();
      const wanted = sources
        .filter((source) => (state === 'bad' ? source.state !== 'connected' : true))
        .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
      const ordered = [...wanted].sort((a, b) => Number(a.state === 'connected') - Number(b.state === 'connected'));
      const pages = Math.ceil(ordered.length / perPage);
      const page = pageNumber(view, pages);
      const shown = ordered.slice((page - 1) * perPage, page * perPage);
      const none = sources.length === 0 ? words.none : words.noneSuch;
      const links = pageLinks(view, { page, pages, href: (at) => address('/sources', { state, search, page: at }) });
      return html`${filter(view, state, search)}<div data-live>${shown.map((source) => sourceCard(source, view))}
${shown.length === 0 && html`<p class="empty">${none}</p>`}${links}</div>`;
    },
  };
}

function filter(view: View, state: string, search: string): Html {
  const { sources: words, tags } = view.texts;
  const states = choice({
    name: 'state',
    label: words.filter,
    chosen: state,
    among: [
      ['', words.all],
      ['bad', words.bad],
    ],
  });
  return html`<form class="filter" method="get"><label>${tags.search}
<input type="search" name="search" value="${search}" maxlength="200" autocomplete="off"></label>
${states}<button>${tags.apply}</button></form>`;
}

function sourceCard(source: SourceReport, view: View): Html {
  const { sources: words, sourceStates } = view.texts;
  const { name, driver, state, detail, reconnectsTotal } = source;
  const rates = rateText(source, view);
  const reconnects =
    reconnectsTotal !== undefined &&
    html`<div><dt>${words.reconnects}</dt><dd>${numberText(reconnectsTotal)}</dd></div>`;
  return html`<section class="card"><h2>${name} ${stateMark(state, sourceStates)}</h2>
${trouble(state, detail, view)}<dl class="figures"><div><dt>${words.driver}</dt><dd>${driver}</dd></div>
<div><dt>${words.rate}</dt><dd>${rates.text}</dd></div>${reconnects}</dl>
${rates.isShort && html`<p>${mark('waiting', words.short)}</p>`}${groupTable(source, view)}
<p><a href="${address('/tags', { source: name })}">${words.showTags}</a>
<span class="quiet">${words.tags(numberText(source.tags))}</span></p></section>`;
}

/** Of a source that is connected the driver may have remarks: some tags refused, a certificate that ends soon. */
function trouble(state: string, detail: string, { texts, language }: View): Html {
  const said =
    detail !== '' && html`<div><dt>${texts.sources.said}</dt><dd class="said" lang="en">${detail}</dd></div>`;
  if (state === 'connected') return html`${said && html`<dl class="reason">${said}</dl>`}`;
  const { why, toDo } = faultWords(detail, language);
  return html`<dl class="reason"><div><dt>${texts.sources.reason}</dt><dd>${why}</dd></div>
<div><dt>${texts.sources.toDo}</dt><dd>${toDo}</dd></div>${said}</dl>`;
}

function rateText(source: SourceReport, { texts }: View): { text: string; isShort: boolean } {
  const { duePerSecond, readPerSecond, samplesPerSecond, state } = source;
  const { sources: words } = texts;
  if (duePerSecond === null) return { text: words.rateOnChange(numberText(samplesPerSecond)), isShort: false };
  const due = numberText(duePerSecond);
  if (readPerSecond === null) return { text: words.rateSoon(due), isShort: false };
  const isShort = state === 'connected' && readPerSecond < duePerSecond * shortShare;
  return { text: words.rateOf(numberText(readPerSecond), due), isShort };
}

function groupTable({ name, groups }: SourceReport, { texts }: View): Html {
  const { sources: words } = texts;
  if (groups.length === 0) return html``;
  const rows = groups.map(
    ({ intervalMs, tags, pollsTotal, skippedTotal, latencyP50Ms, latencyP99Ms }) => html`<tr>
<td>${periodText(intervalMs)}<td class="n">${numberText(tags)}<td class="n">${latencyText(latencyP50Ms, texts)}
<td class="n">${latencyText(latencyP99Ms, texts)}<td class="n">${numberText(pollsTotal)}
<td class="n">${numberText(skippedTotal)}</tr>`,
  );
  return html`<table aria-label="${words.groups(name)}"><thead><tr><th scope="col">${words.group}<th scope="col" class="n">${words.groupTags}
<th scope="col" class="n">${words.p50}<th scope="col" class="n">${words.p99}<th scope="col" class="n">${words.polls}
<th scope="col" class="n" title="${words.skippedHint}">${words.skipped}</tr></thead><tbody>${rows}</tbody></table>`;
}
