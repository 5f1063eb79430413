import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Health } from '../health.ts';
import { numberText, stampOf } from './figures.ts';
import { type Html, html } from './html.ts';
import type { LocalPage, View } from './page.ts';
import { textsOf } from './texts.ts';

/** Each loss by its name, the newest first. */
export function gapsPage({ health }: { health: Health }): LocalPage {
  return {
    path: '/gaps',
    title: { zh: textsOf.zh.gaps.title, en: textsOf.en.gaps.title },
    show: (view) => {
      const { gaps: words } = view.texts;
      const gaps = health.recentGaps().toReversed();
      const total = html`<p>${words.total(numberText(health.report().buffer.gapsTotal))}</p>`;
      return html`<div data-live>${total}${gaps.length === 0 ? html`<p class="empty">${words.none}</p>` : table(gaps, view)}</div>`;
    },
  };
}

function table(gaps: readonly GapRecord[], view: View): Html {
  const { gaps: words } = view.texts;
  return html`<table aria-label="${words.title}"><thead><tr><th scope="col">${words.from}<th scope="col">${words.to}
<th scope="col" class="n">${words.samples}<th scope="col">${words.source}<th scope="col">${words.reason}</tr></thead>
<tbody>${gaps.map((gap) => row(gap, view))}</tbody></table>`;
}

function row({ fromTime, toTime, samples, source, reason }: GapRecord, { texts }: View): Html {
  const { gaps: words } = texts;
  return html`<tr><td>${stampOf(fromTime, texts)}<td>${stampOf(toTime, texts)}
<td class="n">${samples < 0 ? words.unknownSamples : numberText(samples)}<td>${source === '' ? words.allSources : source}
<td>${words.reasons[reason]}</tr>`;
}
