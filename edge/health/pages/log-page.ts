import { type LogLevel, type LogLine, type LogMemory, logLevels } from '../log-memory.ts';
import { numberText, stampOf } from './figures.ts';
import { type Html, html } from './html.ts';
import type { LocalPage, View } from './page.ts';
import { choice, mark } from './parts.ts';
import { textsOf } from './texts.ts';

const tones = { debug: 'plain', info: 'plain', warn: 'waiting', error: 'bad' } as const;

/** The last lines of the log, the newest first. */
export function logPage({ log }: { log: LogMemory }): LocalPage {
  return {
    path: '/log',
    title: { zh: textsOf.zh.log.title, en: textsOf.en.log.title },
    show: (view) => {
      const { log: words } = view.texts;
      const level: LogLevel = logLevels.find((one) => one === view.query.get('level')) ?? 'debug';
      const lines = log.newest(level);
      const levels = choice({
        name: 'level',
        label: words.level,
        chosen: level,
        among: logLevels.map((one) => [one, words.levels[one]] as const),
      });
      const kept = html`<p class="quiet">${words.kept(numberText(lines.length))}</p>`;
      return html`<form class="filter" method="get">${levels}<button>${words.apply}</button></form>
<div data-live>${lines.length === 0 ? html`<p class="empty">${words.none}</p>` : html`${kept}${table(lines, view)}`}</div>`;
    },
  };
}

function table(lines: readonly LogLine[], view: View): Html {
  const { log: words } = view.texts;
  return html`<table class="log" aria-label="${words.title}"><thead><tr><th scope="col">${words.time}<th scope="col">${words.level}
<th scope="col">${words.message}</tr></thead><tbody>${lines.map((line) => row(line, view))}</tbody></table>`;
}

function row({ time, level, message, fields }: LogLine, { texts }: View): Html {
  const more = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
  return html`<tr><td>${stampOf(time, texts)}<td>${mark(tones[level], texts.log.level1[level])}
<td lang="en">${message}${more.length > 0 && html`<small>${more.join(' ')}</small>`}</tr>`;
}
