import type { Health, HealthReport, SourceReport } from '../health.ts';
import { faultWords } from './fault-words.ts';
import { ageOf, bytesText, durationText, latencyText, numberText, percentText, stampOf } from './figures.ts';
import { type Html, type HtmlPart, html } from './html.ts';
import type { LocalPage, View } from './page.ts';
import { address, mark, stateMark } from './parts.ts';
import { textsOf } from './texts.ts';

const badShown = 8;
const fullShare = 0.9;
const diskLowBytes = 256 * 2 ** 20;

/** The first question of an installer, which source is bad and why, and how the way to the cloud is. */
export function overviewPage({ health }: { health: Health }): LocalPage {
  return {
    path: '/',
    title: { zh: textsOf.zh.overview.title, en: textsOf.en.overview.title },
    show: (view) => {
      const report = health.report();
      return html`<div data-live>${verdict(report.sources, view)}${refusedConfiguration(report, view)}
<dl class="facts">${uplinkFacts(report, view)}${storeFacts(report, view)}${otherFacts(report, view)}</dl></div>`;
    },
  };
}

function verdict(sources: readonly SourceReport[], view: View): Html {
  const { overview, sources: words, sourceStates } = view.texts;
  const bad = sources.filter(({ state }) => state !== 'connected');
  if (sources.length === 0) return html`<p class="verdict">${mark('waiting', overview.noSources)}</p>`;
  if (bad.length === 0) return html`<p class="verdict">${mark('plain', overview.allWell(sources.length))}</p>`;
  const rows = bad.slice(0, badShown).map(({ name, state, detail }) => {
    const { why, toDo } = faultWords(detail, view.language);
    return html`<li><a href="${address('/sources', { search: name })}">${name}</a> ${stateMark(state, sourceStates)}
<span>${why}</span> <span class="quiet">${toDo}</span></li>`;
  });
  const more =
    bad.length > badShown && html`<p><a href="/sources?state=bad">${overview.moreBad(bad.length - badShown)}</a></p>`;
  return html`<p class="verdict">${mark('bad', overview.someBad(bad.length, sources.length))}</p>
<ul class="bad-list" aria-label="${words.bad}">${rows}</ul>${more}`;
}

/** Why the configuration that was offered last does not run; nothing where it does. */
function refusedConfiguration({ reload }: HealthReport, view: View): Html {
  if (reload === null || reload.problem === null) return html``;
  const { overview } = view.texts;
  const { code, detail, advice, places } = reload.problem;
  const listed = places.map(({ where, what }) => html`<li><code>${where}</code> ${what}`);
  return html`<section class="card"><h2>${mark('bad', overview.refused)} <small>${ageOf(reload.at, view)}</small></h2>
<p>${faultWords(`[${code}]`, view.language).why}</p>
<div lang="en"><p>${detail} [${code}]. ${advice}</p><ul>${listed}</ul></div></section>`;
}

function uplinkFacts({ uplink, buffer }: HealthReport, view: View): Html {
  const { overview, uplinkStates } = view.texts;
  const { why, toDo } = faultWords(uplink.detail, view.language);
  const trouble = uplink.state !== 'connected' && html`<p>${why} <span class="quiet">${toDo}</span></p>`;
  const said = uplink.detail !== '' && html`<p class="said" lang="en">${uplink.detail}</p>`;
  const { acknowledgementMs } = uplink;
  const acknowledged =
    acknowledgementMs === null
      ? overview.acknowledgedNone
      : overview.acknowledgedValue(
          latencyText(acknowledgementMs.p50, view.texts),
          latencyText(acknowledgementMs.p99, view.texts),
        );
  const backlog =
    buffer.batches === 0
      ? overview.backlogNothing
      : overview.backlogSize(numberText(buffer.batches), bytesText(buffer.usedBytes));
  const oldest = buffer.oldestTime;
  const { texts, now } = view;
  const waited = oldest !== null && html`<p class="quiet">${overview.oldest(durationText(now - oldest, texts))}</p>`;
  return html`${fact(overview.uplink, stateMark(uplink.state, uplinkStates), trouble, said)}
${fact(overview.backlog, backlog, waited)}${fact(overview.acknowledged, acknowledged)}`;
}

function storeFacts({ buffer, disk }: HealthReport, view: View): Html {
  const { overview } = view.texts;
  const used = buffer.usedBytes / buffer.capacityBytes;
  const share = overview.bufferShare(percentText(used), bytesText(buffer.capacityBytes));
  const full = used >= fullShare && html`<p>${mark('bad', overview.bufferFull)}</p>`;
  const meter = html`<meter min="0" max="1" high="${fullShare}" value="${used.toFixed(3)}" aria-label="${overview.buffer}"></meter>`;
  const free = disk !== null && overview.diskFree(bytesText(disk.freeBytes), bytesText(disk.sizeBytes));
  const low = disk !== null && disk.freeBytes < diskLowBytes && html`<p>${mark('bad', overview.diskLow)}</p>`;
  return html`${fact(overview.buffer, share, meter, full)}${disk !== null && fact(overview.disk, free, low)}`;
}

function otherFacts(report: HealthReport, view: View): Html {
  const { overview } = view.texts;
  const { configurationVersion, startedAt, program } = report;
  const running = durationText(view.now - startedAt, view.texts);
  const gaps = html`<a href="/gaps">${overview.gapsValue(numberText(report.buffer.gapsTotal))}</a>`;
  const version = html`<code title="${configurationVersion}">${configurationVersion.slice(0, 8)}</code>`;
  return html`${fact(overview.rate, overview.rateValue(numberText(report.samplesPerSecond)))}${fact(overview.gaps, gaps)}
${fact(overview.configuration, version)}${fact(overview.program, overview.programValue(program, running), html`<p class="quiet">${stampOf(startedAt, view.texts)}</p>`)}`;
}

function fact(name: string, value: HtmlPart, ...more: readonly HtmlPart[]): Html {
  return html`<div><dt>${name}</dt><dd><p>${value}</p>${more}</dd></div>`;
}
