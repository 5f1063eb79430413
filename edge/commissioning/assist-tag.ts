import { type Html, html } from '../health/pages/html.ts';
import type { View } from '../health/pages/page.ts';
import { verdictMark } from './assist-view.ts';
import { assistWords } from './assist-words.ts';
import type { PanelTag } from './panel.ts';
import type { Recording } from './recording.ts';

/** Why one value is read as proposed, what else could be, and what was typed for it: to accept, to correct, to leave out. */
export function tagDetail({ judged, choices }: Recording, { name }: PanelTag, view: View): Html {
  const words = assistWords[view.language];
  const { language } = view;
  const place = judged?.acceptance.tags.findIndex((tag) => tag.name === name) ?? -1;
  const tag = judged?.acceptance.tags[place];
  if (tag === undefined) return html``;
  const rows = tag.readings.map(
    (
      { at, panel, read, difference },
      reading,
    ) => html`<tr><td><time datetime="${at}">${new Date(at).toLocaleTimeString('sv-SE')}</time>
<td class="n">${panel}<td class="n">${read}<td class="n">${difference}<td><form method="post"><input type="hidden" name="tag" value="${name}">
<input type="hidden" name="reading" value="${reading}"><button name="do" value="forget" class="plain" aria-label="${words.forgetOf(panel)}">${words.forget}</button></form></tr>`,
  );
  const heads = [words.time, words.panel, words.read, words.difference, words.forget];
  const choice = choices.get(name);
  const option = (value: string, label: string, isChosen: boolean) =>
    html`<label class="tick"><input type="radio" name="choice" value="${value}"${isChosen && html` checked`}> ${label}</label>`;
  return html`<section class="card" id="tag"><h2>${name} ${verdictMark(tag.verdict, view)}</h2>
${tag.hypothesis !== '' && html`<p><code>${tag.hypothesis}</code> · ${tag.wireAddress} · ${tag.manualAddress}</p>`}
${tag.open !== undefined && html`<p>${tag.open[language]}</p>`}
<ul>${tag.evidence.map((sentence) => html`<li>${sentence[language]}`)}</ul>
<table aria-label="${words.readings(name)}"><thead><tr>${heads.map((head, i) => html`<th scope="col"${i > 0 && i < 4 && html` class="n"`}>${head}`)}</tr></thead><tbody>${rows}</tbody></table>
<form method="post"><fieldset><legend>${words.accept}</legend><input type="hidden" name="tag" value="${name}">
${option('verdict', words.asProposed, choice === undefined)}
${judged!.candidates[place]!.map((text) => option(text, text, choice === text))}
${option('none', words.leaveOut, choice === '')}</fieldset><p class="actions"><button name="do" value="choose">${words.choose}</button></p></form></section>`;
}
