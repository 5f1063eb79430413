import { type Html, html } from '../health/pages/html.ts';
import type { AssistWords } from './assist-words.ts';
import { registersMax } from './source-request.ts';

/** Where the machine is and what to read of it; with what was typed before. */
export function beginForm(sources: readonly string[], words: AssistWords, typed: URLSearchParams): Html {
  const field = (name: string, label: string, more: Html = html``) =>
    html`<label>${label} <input name="${name}" value="${typed.get(name) ?? ''}" autocomplete="off"${more}></label>`;
  const choice = (name: string, label: string, among: readonly (readonly [value: string, word: string])[]) => {
    const items = among.map(
      ([value, word]) =>
        html`<option value="${value}"${value === (typed.get(name) ?? '') && html` selected`}>${word}</option>`,
    );
    return html`<label>${label} <select name="${name}">${items}</select></label>`;
  };
  const number = html` inputmode="numeric" maxlength="5" size="6"`;
  const known = sources.map((name) => [name, name] as const);
  const standard = ['', words.standard] as const;
  const same = (values: readonly string[]) => values.map((value) => [value, value] as const);
  return html`<form method="post" class="filter assist-begin">
<fieldset><legend>${words.source}</legend>${
    sources.length > 0 &&
    html`${choice('source', words.source, [['', words.another], ...known])}<p class="quiet">${words.sharing}</p>`
  }
${field('name', words.name, html` maxlength="200"`)}${field('host', words.host, html` maxlength="253"`)}
${field('port', words.port, html`${number} placeholder="502"`)}${field('unit', words.unit, html`${number} placeholder="1"`)}
<details${typed.get('serial') ? html` open` : ''}><summary>${words.serialLine}</summary>
${field('serial', words.serial, html` placeholder="/dev/ttyUSB0" maxlength="200"`)}${field('baud', words.baud, html`${number} placeholder="19200"`)}
${choice('parity', words.parity, [standard, ...same(['none', 'even', 'odd'])])}
${choice('framing', words.framing, [standard, ...same(['tcp', 'rtu', 'ascii'])])}</details></fieldset>
${field('from', words.from, html` required maxlength="500"`)}
${field('count', `${words.count} (≤ ${registersMax})`, html` required${number}`)}
<button name="do" value="begin">${words.begin}</button></form>`;
}
