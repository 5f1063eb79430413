import { Problem } from '@gongfu/shared/base/problem';
import { qualityOf, statusName } from '@gongfu/shared/model/quality';
import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { Reading } from '@gongfu/shared/sdk/driver';
import { type Html, html } from '../health/pages/html.ts';
import type { LocalPage, View } from '../health/pages/page.ts';
import { problemCatalogue } from '../problems.ts';
import { outcomeOf } from './commands-page.ts';
import type { CommandEntry } from './journal-entry.ts';
import { idOf, keyOf, type LocalWrites, type WriteLook } from './local-writes.ts';
import { bySchema, keySchema, reasonSchema } from './write-routes.ts';
import { type WriteWords, writeWords } from './write-words.ts';

const path = '/write';
/** What was checked may be written for so long. */
const confirmedForMs = 60_000;
const shownMax = 200;

interface WritePageOptions {
  readonly writes: LocalWrites;
  readonly entryOf: (id: string) => CommandEntry | undefined;
  readonly newKey: () => string;
}

/** Where a tag is written. */
export function writeAddress(tag: number): string {
  return `${path}?tag=${tag}`;
}

/** Writing on the local page: choose, give a value, see once more what would happen, confirm. Works without script. */
export function writePage(options: WritePageOptions): LocalPage {
  return {
    path,
    title: { zh: writeWords.zh.title, en: writeWords.en.title },
    show: async (view) => {
      if (!view.isSignedIn) return unprotected(view);
      const done = view.query.get('done');
      if (done !== null) return result(options.entryOf(idOf(done)), view);
      const tag = tagIn(view.query);
      return guarded(view, async () =>
        tag === undefined ? list(options.writes, view) : form(await options.writes.look(tag), view),
      );
    },
    submit: (view, sent) =>
      view.isSignedIn ? guarded(view, () => carryOut(options, view, sent)) : Promise.resolve(unprotected(view)),
  };
}

/** The page with what a person has to correct. */
async function guarded<T extends Html | string>(view: View, act: () => Promise<T> | T): Promise<T | Html> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const known: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = problemCatalogue;
    const { code, message, advice } = error;
    return html`<div class="alert" role="alert"><p>${known[code]?.[view.language] ?? message}</p><p lang="en">${message}</p>
<p class="said" lang="en">${advice}</p></div>`;
  }
}

async function carryOut(
  { writes, newKey }: WritePageOptions,
  view: View,
  sent: URLSearchParams,
): Promise<Html | string> {
  const words = writeWords[view.language];
  const tag = tagIn(sent) ?? tagIn(view.query) ?? -1;
  const by = bySchema.safeParse(sent.get('by') ?? '');
  const reason = reasonSchema.safeParse(sent.get('reason') ?? '');
  const text = sent.get('value') ?? '';
  if (sent.get('do') === 'back') return form(await writes.look(tag), view, sent);
  const look = await writes.look(tag, text);
  const wrong = [...(by.success ? [] : [words.by]), ...(reason.success ? [] : [words.reason])];
  if (!by.success || !reason.success) return html`${alert(words.wrong(wrong.join(', ')), '')}${form(look, view, sent)}`;
  const key = keySchema.safeParse(sent.get('key'));
  const until = Number(sent.get('until'));
  if (sent.get('do') !== 'write' || !key.success || !Number.isSafeInteger(until)) {
    return confirmation(look, view, { by: by.data, reason: reason.data, text, key: newKey() });
  }
  const people = { by: `${by.data} (local page, ${view.from})`, reason: reason.data };
  const entry = await writes.write({ tag, value: look.value ?? text, key: key.data, expiresAt: until, ...people });
  return `${path}?done=${encodeURIComponent(keyOf(entry.id))}`;
}

function list(writes: LocalWrites, view: View): Html {
  const words = writeWords[view.language];
  const search = (view.query.get('search') ?? '').slice(0, 200);
  const all = writes.tags;
  if (all.length === 0) return html`<p class="empty">${words.none}</p>`;
  const found = all.filter(({ source, tag }) => `${source}/${tag.name}`.toLowerCase().includes(search.toLowerCase()));
  const rows = found.slice(0, shownMax).map(
    ({ source, tag, minimum, maximum }) => html`<tr><th scope="row">${tag.name}<small>${source}</small>
<td>${bounds(minimum, maximum)}<td><a class="write" href="${writeAddress(tag.number)}">${words.write}</a></tr>`,
  );
  const table = html`<table aria-label="${words.title}"><tbody>${rows}</tbody></table>`;
  return html`${refused(writes.refusal, view)}<p>${words.intro}</p>
<form class="filter" method="get"><label>${words.search}
<input type="search" name="search" value="${search}" maxlength="200" autocomplete="off"></label><button>${words.apply}</button></form>
${rows.length === 0 ? html`<p class="empty">${words.noneSuch}</p>` : table}
${found.length > shownMax && html`<p class="quiet">${words.more(found.length - shownMax)}</p>`}`;
}

function form(look: WriteLook, view: View, typed?: URLSearchParams): Html {
  const words = writeWords[view.language];
  const { tag } = look.allowed;
  const value = typed?.get('value') ?? '';
  const field =
    tag.kind === 'boolean'
      ? html`<select name="value" required><option value="">${words.choose}</option>
${['true', 'false'].map((one) => html`<option${one === value && html` selected`}>${one}</option>`)}</select>`
      : html`<input name="value" value="${value}" required maxlength="4096" autocomplete="off"${tag.kind !== 'text' && html` inputmode="decimal"`}>`;
  return html`${facts(look, view)}${refused(look.refusal, view)}<form method="post" class="filter write-form"><input type="hidden" name="tag" value="${tag.number}">
<label>${words.value} <span>${words.valueHint(tag.type)}</span> ${field}</label>
<label>${words.by} <input name="by" value="${typed?.get('by') ?? ''}" required maxlength="100" autocomplete="name"></label>
<label>${words.reason} <input name="reason" value="${typed?.get('reason') ?? ''}" maxlength="200" autocomplete="off"></label>
<button name="do" value="check">${words.check}</button></form>`;
}

function confirmation(
  look: WriteLook,
  view: View,
  { by, reason, text, key }: { by: string; reason: string; text: string; key: string },
): Html {
  const words = writeWords[view.language];
  const { refusal, allowed, value = text } = look;
  const hidden = { tag: allowed.tag.number, value: text, by, reason, key, until: view.now + confirmedForMs };
  return html`<h2>${words.confirm}</h2>${facts(look, view, value)}
<dl class="facts"><div><dt>${words.by}<dd>${by}</div>${reason !== '' && html`<div><dt>${words.reason}<dd>${reason}</div>`}</dl>
${refused(refusal, view)}
<form method="post" class="actions">${Object.entries(hidden).map(([name, one]) => html`<input type="hidden" name="${name}" value="${one}">`)}
${refusal === undefined && html`<button name="do" value="write">${words.writeNow}</button>`}
<button name="do" value="back" class="plain" formnovalidate>${words.back}</button></form>
${refusal === undefined && html`<p class="quiet">${words.within}</p>`}`;
}

/** Tag, value now, and what must hold for it; with the new value where there is one. */
function facts({ allowed, unit, now, interlocks }: WriteLook, { language }: View, value?: unknown): Html {
  const words = writeWords[language];
  const { source, tag, minimum, maximum } = allowed;
  const symbol = unit === '' ? '' : ` ${unitSymbol(unit)}`;
  const held = interlocks.map(
    (one) =>
      html`<li>${one.name}: ${reading(one.now, words)} · ${words.must(one.must)} · ${
        one.holds
          ? words.holds
          : html`<span class="mark bad"><span aria-hidden="true">▲</span> ${words.holdsNot}</span>`
      }`,
  );
  return html`<h2>${tag.name} <small>${source}</small></h2><dl class="facts">
<div><dt>${words.now}<dd>${reading(now, words)}${symbol}</div>
${value !== undefined && html`<div><dt>${words.value}<dd><strong>${String(value)}</strong>${symbol}</div>`}
${minimum !== null && html`<div><dt>${words.bounds}<dd>${bounds(minimum, maximum)}${symbol}</div>`}
<div><dt>${words.interlocks}<dd>${held.length === 0 ? words.noInterlocks : html`<ul>${held}</ul>`}</div></dl>`;
}

function result(entry: CommandEntry | undefined, view: View): Html {
  const words = writeWords[view.language];
  if (entry === undefined) return html`<p class="empty">${words.gone}</p>`;
  const { source, tag, number, value } = entry;
  const readBack = entry.result?.readBack ?? null;
  return html`<div data-live><h2>${tag} <small>${source}</small></h2><dl class="facts">
<div><dt>${words.value}<dd>${String(value)}</div><div><dt>${words.result}<dd role="status">${outcomeOf(entry.result, view)}</div>
${readBack !== null && html`<div><dt>${words.readBack}<dd>${String(readBack)}</div>`}</dl></div>
<p class="actions"><a href="${writeAddress(number)}">${words.again}</a> <a href="/commands">${words.all}</a></p>`;
}

function unprotected({ language }: View): Html {
  return html`<p role="alert">${writeWords[language].unprotected}</p><pre>gongfu-edge password -c edge.yaml</pre>`;
}

/** Why it would not be written; nothing where it would. */
function refused(refusal: WriteLook['refusal'], { language }: View): Html {
  if (refusal === undefined) return html``;
  const known: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = problemCatalogue;
  return alert(`${writeWords[language].refused}: ${known[refusal.code]?.[language] ?? refusal.code}`, refusal.detail);
}

function alert(what: string, detail: string): Html {
  return html`<div class="alert" role="alert"><p>${what}</p>${detail !== '' && html`<p class="said" lang="en">${detail}</p>`}</div>`;
}

function reading({ status, value }: Reading, words: WriteWords): string {
  if (value === null) return `${words.unread} (${statusName(status)})`;
  return qualityOf(status) === 'good' ? String(value) : `${String(value)} (${statusName(status)})`;
}

function bounds(minimum: number | null, maximum: number | null): string {
  return minimum === null ? '' : `${minimum} … ${maximum}`;
}

function tagIn(from: URLSearchParams): number | undefined {
  const text = from.get('tag') ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
