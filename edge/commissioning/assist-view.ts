import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { RegisterImage } from '../drivers/modbus/register-image.ts';
import { type Html, html } from '../health/pages/html.ts';
import type { View } from '../health/pages/page.ts';
import type { AcceptedTag } from './acceptance.ts';
import { verdictMarks, verdictWords } from './acceptance-page.ts';
import { isTaken } from './assist-desk.ts';
import { type AssistWords, assistWords } from './assist-words.ts';
import type { PanelTag } from './panel.ts';
import type { Recording } from './recording.ts';
import { settledVerdicts, type Verdict } from './verdict.ts';

/** How far the recording is, what it has read, and which values to look at again. */
export function standing(recording: Recording, view: View): Html {
  const { source, state, startedMs, endedMs, endReason, images, latest, trouble, failure } = recording;
  const words = assistWords[view.language];
  const head = (state === 'running' ? words.recording : words.ended)(source.place, source.unitId);
  const seconds = Math.max(0, Math.round(((endedMs ?? view.now) - startedMs) / 1_000));
  const lasted = seconds < 60 ? view.texts.seconds(seconds) : view.texts.minutes(Math.floor(seconds / 60));
  const windows = latest === undefined ? [] : readableOf(latest, words);
  return html`<div data-live><p class="verdict">${head}</p>
<p>${words.progress(String(images), lasted)}${windows.map((text) => html`<br><span class="quiet">${text}</span>`)}</p>
${state === 'running' && trouble !== '' && html`<p class="alert">${words.trouble}<br><span class="said" lang="en">${trouble}</span></p>`}
${endReason !== undefined && html`<p class="${endReason === 'failed' ? 'alert' : 'quiet'}">${words.endReasons[endReason]}</p>`}
${failure !== '' && html`<p class="said" lang="en">${failure}</p>`}
${state === 'running' && lookAgain(recording, words)}</div>`;
}

function readableOf({ windows }: RegisterImage, words: AssistWords): string[] {
  return windows.map(({ area, start, words: held }) => {
    const read = held.filter((word) => word !== null).length;
    return words.readable(`${area}:${start}..${start + held.length - 1}`, read, held.length);
  });
}

/** The names are labels of the fields below: a touch on one goes there. */
function lookAgain(recording: Recording, words: AssistWords): Html {
  const { judged, now, tags } = recording;
  if (judged === undefined || tags.length === 0) return html``;
  if (!tags.some(isOpenIn(recording))) return html`<p>${words.allSettled}</p>`;
  const worth = judged.acceptance.tags.flatMap(({ name }, place) => (now[place]?.worthALook === true ? [name] : []));
  if (worth.length === 0) return html`<p class="quiet">${words.lookLater}</p>`;
  const places = worth.map((name) => tags.findIndex((tag) => tag.name === name));
  const labels = worth.map((name, i) => html` <label for="value-${places[i]}">${name}</label>`);
  return html`<p class="look-again">${words.lookNow}${labels}</p>`;
}

/** Whether another reading of a value would tell something; more than `likely` would cost a lamp a dozen. */
function isOpenIn({ judged }: Recording): (tag: PanelTag) => boolean {
  const verdicts = new Map(judged?.acceptance.tags.map(({ name, verdict }) => [name, verdict]));
  return ({ name, readings }) => {
    const verdict = verdicts.get(name);
    const lamp = readings[0]!.shown.kind === 'state';
    return verdict === undefined || !(settledVerdicts.includes(verdict) || (lamp && verdict === 'likely'));
  };
}

/** A field for each value that is not settled, and a row for a new one. */
export function panelForm(recording: Recording, view: View, typed: URLSearchParams): Html {
  const { tags, now } = recording;
  const words = assistWords[view.language];
  const all = view.query.get('all') !== null;
  const isOpen = isOpenIn(recording);
  const asked = tags.map((tag, place) => ({ tag, place })).filter(({ tag }) => all || isOpen(tag));
  const worth = asked.find(({ place }) => now[place]?.worthALook === true) ?? asked[0];
  const focus = view.query.get('at') === 'new' || worth === undefined ? 'new' : String(worth.place);
  const rows = asked.map(({ tag, place }) => knownRow(tag, place, { words, typed, isFocus: focus === String(place) }));
  return html`<h2>${words.panel}</h2><p class="quiet">${words.advice}</p><form method="post" class="panel">
<input type="hidden" name="shown" value="${Math.round(view.now)}">${newRow(words, typed, focus === 'new')}${rows}
<p class="actions"><button name="do" value="note">${words.send}</button>${
    asked.length < tags.length && html` <a href="/assist?all=1">${words.showAll}</a>`
  }</p></form>`;
}

interface RowOptions {
  readonly words: AssistWords;
  readonly typed: URLSearchParams;
  readonly isFocus: boolean;
}

function knownRow({ name, unit, readings }: PanelTag, place: number, { words, typed, isFocus }: RowOptions): Html {
  const last = words.last(readings.at(-1)!.shown.text, readings.length);
  const sign = unit === '' ? '' : ` ${unitSymbol(unit)}`;
  return html`<div class="panel-row"><input type="hidden" name="name-${place}" value="${name}">
<label for="value-${place}">${name}${sign} <small>${last}</small></label>
<input id="value-${place}" name="value-${place}" value="${typed.get(`value-${place}`) ?? ''}" data-typed="ago-${place}" autocomplete="off" maxlength="40"${isFocus && html` autofocus`}></div>`;
}

function newRow(words: AssistWords, typed: URLSearchParams, isFocus: boolean): Html {
  const field = (key: string, label: string, more: Html) =>
    html`<label>${label} <input name="${key}-new" value="${typed.get(`${key}-new`) ?? ''}" autocomplete="off"${more}></label>`;
  return html`<fieldset><legend>${words.fresh}</legend>
${field('name', words.tagName, html` maxlength="200"${isFocus && html` autofocus`}`)}${field('unit', words.tagUnit, html` maxlength="50" size="6"`)}
${field('manual', words.manual, html` maxlength="40" size="10" placeholder="40001"`)}${field('value', words.shows, html` maxlength="40" size="12" data-typed="ago-new"`)}</fieldset>`;
}

/** What was found out about each value, with what it reads at this moment. */
export function proposals(recording: Recording, view: View): Html {
  const { judged, now } = recording;
  const words = assistWords[view.language];
  if (judged === undefined) return html`<div data-live><p class="empty">${words.none}</p></div>`;
  const heads = [view.texts.tags.tag, words.verdict, words.readAs, words.now, words.panelLast, words.goesIn];
  const rows = judged.acceptance.tags.map((tag, place) => {
    const sign = unitSymbol(tag.unit);
    return html`<tr><th scope="row"><a href="/assist?tag=${encodeURIComponent(tag.name)}#tag">${tag.name}</a>
<td>${verdictMark(tag.verdict, view)}<td><code>${tag.hypothesis}</code>
<td class="n" data-label="${words.now}">${now[place]?.value ?? ''} ${sign}<td class="n" data-label="${words.panelLast}">${tag.readings.at(-1)?.panel ?? ''}
<td data-label="${words.goesIn}">${goesIn(tag, recording, words)}</tr>`;
  });
  return html`<div data-live><table class="proposals" aria-label="${words.proposals}"><thead><tr>${heads.map((head) => html`<th scope="col">${head}`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function goesIn(tag: AcceptedTag, { choices }: Recording, words: AssistWords): string {
  if (choices.get(tag.name) === '') return `${words.no}, ${words.leftOut}`;
  if (tag.byHand === true) return `${words.yes}, ${words.byHand}`;
  return isTaken(tag, choices, false) ? words.yes : words.no;
}

/** Never by colour alone: the mark has a shape, and a word beside it. */
export function verdictMark(verdict: Verdict, { language }: View): Html {
  const tone = settledVerdicts.includes(verdict) ? 'plain' : verdict === 'none' ? 'bad' : 'waiting';
  return html`<span class="mark ${tone}"><span aria-hidden="true">${verdictMarks[verdict]}</span> ${verdictWords[verdict][language]}</span>`;
}

/** Into the configuration, and on paper. */
export function writeForm({ judged, written }: Recording, view: View): Html {
  const words = assistWords[view.language];
  const likely = judged!.acceptance.tags.filter(({ verdict, byHand }) => verdict === 'likely' && byHand !== true);
  const names = likely.map(({ name }) => name).join(view.language === 'zh' ? '、' : ', ');
  const also =
    likely.length > 0 &&
    html`<p><label class="tick"><input type="checkbox" name="likely" value="yes"> ${words.withLikely(names)}</label></p>`;
  return html`<section class="card" id="written"><h2>${words.write}</h2>${written !== undefined && outcome(written, words)}
<p class="quiet">${words.writeAdvice}</p><form method="post">${also}<p class="actions"><button name="do" value="write">${words.write}</button>
<button name="do" value="yaml" class="plain">${words.yaml}</button></p></form>
<p><a href="/assist/report">${words.report}</a> · <a href="/assist/report.json">${words.reportFile}</a>
<span class="quiet">${words.reportAdvice}</span></p></section>`;
}

function outcome({ source, report }: NonNullable<Recording['written']>, words: AssistWords): Html {
  if (report.problem === null)
    return html`<p role="status"><b>${words.written(source.name, source.tags.length)}</b></p>`;
  const { detail, advice } = report.problem;
  return html`<p class="alert" role="alert">${words.refused}<br><span lang="en">${detail} ${advice}</span></p>`;
}
