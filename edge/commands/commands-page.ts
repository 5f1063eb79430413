import { type Html, html } from '../health/pages/html.ts';
import type { LocalPage, View } from '../health/pages/page.ts';
import { problemCatalogue } from '../problems.ts';
import type { CommandEntry } from './journal-entry.ts';

const shownMax = 100;

const words = {
  zh: {
    title: '写入请求',
    none: '还没有写入请求。',
    off: '本网关未启用写入（commands.enabled）。',
    time: '时间',
    tag: '测点',
    value: '写入值',
    readBack: '读回值',
    outcome: '结果',
    by: '申请人',
    approvedBy: (name: string) => `批准：${name}`,
    untold: '云端尚未收到结果',
    unnamed: (number: number) => `编号 ${number}`,
    outcomes: { written: '已写入', refused: '未写入', failed: '失败', unknown: '结果未知' },
    underWay: '进行中',
  },
  en: {
    title: 'Commands',
    none: 'No command yet.',
    off: 'Writing is switched off on this gateway (commands.enabled).',
    time: 'Time',
    tag: 'Tag',
    value: 'Value',
    readBack: 'Read back',
    outcome: 'Outcome',
    by: 'By',
    approvedBy: (name: string) => `approved by ${name}`,
    untold: 'the cloud does not know it yet',
    unnamed: (number: number) => `number ${number}`,
    outcomes: { written: 'written', refused: 'not written', failed: 'failed', unknown: 'unknown' },
    underWay: 'under way',
  },
} as const;

/** What was asked to be written and what became of it, the newest first. */
export function commandsPage(options: { entries: () => readonly CommandEntry[]; enabled: boolean }): LocalPage {
  return {
    path: '/commands',
    title: { zh: words.zh.title, en: words.en.title },
    show: (view) => {
      const entries = options.entries().slice(-shownMax).reverse();
      const text = words[view.language];
      const off = options.enabled ? '' : html`<p>${text.off}</p>`;
      return html`<div data-live>${off}${entries.length === 0 ? html`<p class="empty">${text.none}</p>` : table(entries, view)}</div>`;
    },
  };
}

function table(entries: readonly CommandEntry[], view: View): Html {
  const text = words[view.language];
  const heads = [text.time, text.tag, text.value, text.readBack, text.outcome, text.by];
  return html`<table aria-label="${text.title}"><thead><tr>${heads.map((head) => html`<th scope="col">${head}`)}</tr></thead>
<tbody>${entries.map((entry) => row(entry, view))}</tbody></table>`;
}

function row(
  { source, tag, number, value, receivedAt, requestedBy, approvedBy, reason, result, told, local }: CommandEntry,
  view: View,
): Html {
  const text = words[view.language];
  const time = new Date(receivedAt);
  const approval = approvedBy === null ? '' : html`<br>${text.approvedBy(approvedBy)}`;
  const why = reason === '' ? '' : html`<br><span class="quiet">${reason}</span>`;
  // Swedish writes dates as ISO 8601 does.
  return html`<tr><td><time datetime="${time.toISOString()}">${time.toLocaleString('sv-SE')}</time>
<td>${tag === '' ? text.unnamed(number) : `${source}/${tag}`}<td>${String(value)}
<td>${result === undefined || result.readBack === null ? '–' : String(result.readBack)}
<td>${outcomeOf(result, view)}${result === undefined || told || local === true ? '' : html`<br><span class="quiet">${text.untold}</span>`}
<td>${requestedBy}${approval}${why}</tr>`;
}

/** In the reader's words what became of a command, and why. */
export function outcomeOf(result: CommandEntry['result'], { language }: View): Html {
  const text = words[language];
  if (result === undefined) return html`${text.underWay}`;
  const known: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = problemCatalogue;
  const cause = known[result.code]?.[language];
  const detail = result.detail === '' ? '' : html`<br><span class="quiet">${result.detail}</span>`;
  return html`${text.outcomes[result.outcome]}${cause === undefined ? '' : html`<br>${cause}`}${detail}`;
}
