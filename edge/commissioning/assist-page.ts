import { Problem } from '@gongfu/shared/base/problem';
import { type Html, html } from '../health/pages/html.ts';
import type { LocalPage, View } from '../health/pages/page.ts';
import { problemCatalogue } from '../problems.ts';
import { acceptancePage, acceptanceStyle } from './acceptance-page.ts';
import { beginForm } from './assist-begin.ts';
import type { AssistDesk } from './assist-desk.ts';
import { entriesFrom, targetFrom } from './assist-form.ts';
import { tagDetail } from './assist-tag.ts';
import { panelForm, proposals, standing, writeForm } from './assist-view.ts';
import { assistWords } from './assist-words.ts';

const path = '/assist';
/** Values of the form of the beginning in which nothing was typed yet. */
const firstValues = new URLSearchParams({ from: 'holding:0', count: '200', name: 'machine' });
const nothingTyped = new URLSearchParams();

/** The commissioning assistant on the local page: the same inference as `gongfu-edge assist`, for who has a browser and no terminal. */
export function assistPage({ desk }: { readonly desk: AssistDesk }): LocalPage {
  const title = { zh: assistWords.zh.title, en: assistWords.en.title };
  return {
    path,
    title,
    show: (view) => whole(desk, view),
    submit: async (view, form) => {
      try {
        return await carryOut(desk, view, form);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return whole(desk, view, { problem: error, form });
      }
    },
    documents: [
      {
        path: `${path}/report`,
        make: ({ language }) => {
          const acceptance = desk.look()?.judged?.acceptance;
          if (acceptance === undefined) return undefined;
          return { type: 'html', text: acceptancePage(acceptance, language), style: acceptanceStyle };
        },
      },
      {
        path: `${path}/report.json`,
        make: () => {
          const acceptance = desk.look()?.judged?.acceptance;
          return acceptance && { type: 'json', text: `${JSON.stringify(acceptance, undefined, 2)}\n` };
        },
      },
    ],
  };
}

/** Does what the button says; the address to go on to, or what to show. @throws Problem with what the person has to correct */
async function carryOut(desk: AssistDesk, view: View, form: URLSearchParams): Promise<Html | string> {
  const name = form.get('tag') ?? '';
  const detail = `${path}?tag=${encodeURIComponent(name)}#tag`;
  const withLikely = form.get('likely') === 'yes';
  switch (form.get('do')) {
    case 'begin':
      await desk.begin(targetFrom(form));
      return path;
    case 'note':
      await desk.recording().note(entriesFrom(form, view.now));
      return form.get('value-new') ? `${path}?at=new` : path;
    case 'choose': {
      const choice = form.get('choice') ?? '';
      await desk.recording().choose(name, choice === 'verdict' ? undefined : choice === 'none' ? '' : choice);
      return detail;
    }
    case 'forget':
      await desk.recording().forget(name, Number(form.get('reading')));
      return desk.recording().tags.some((tag) => tag.name === name) ? detail : path;
    case 'stop':
      await desk.recording().end('stopped');
      return path;
    case 'write':
      await desk.write(withLikely);
      return `${path}#written`;
    case 'yaml':
      return yamlView(view, await desk.yaml(withLikely));
    case 'discard':
      await desk.discard();
      return path;
    default:
      return path;
  }
}

interface Failed {
  readonly problem: Problem;
  readonly form: URLSearchParams;
}

function whole(desk: AssistDesk, view: View, failed?: Failed): Html {
  const words = assistWords[view.language];
  const recording = desk.look();
  const alert = failed === undefined ? '' : problemView(failed.problem, view);
  if (recording === undefined) {
    return html`${alert}<p>${words.intro}</p>${beginForm(desk.sources, words, failed?.form ?? firstValues)}`;
  }
  const tag = recording.tags.find((one) => one.name === view.query.get('tag'));
  const typed = failed?.form ?? nothingTyped;
  return html`${alert}${standing(recording, view)}
${recording.state === 'running' && panelForm(recording, view, typed)}
<h2>${words.proposals}</h2>${proposals(recording, view)}
${tag !== undefined && tagDetail(recording, tag, view)}
${recording.judged !== undefined && writeForm(recording, view)}
<form method="post" class="actions">${
    recording.state === 'running' && html`<button name="do" value="stop" class="plain">${words.stop}</button>`
  }<button name="do" value="discard" class="plain">${words.discard}</button></form>`;
}

/** What is wrong in a sentence of the reader's language, each place, and what to do. */
function problemView({ code, message, advice, places }: Problem, { language }: View): Html {
  const known: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = problemCatalogue;
  const list = places.map(({ where, what }) => html`<li lang="en"><b>${where}</b> ${what}`);
  return html`<div class="alert" role="alert"><p>${known[code]?.[language] ?? message}</p>
${places.length > 0 ? html`<ul>${list}</ul>` : html`<p lang="en">${message}</p>`}<p class="said" lang="en">${advice}</p></div>`;
}

function yamlView({ language }: View, text: string): Html {
  const words = assistWords[language];
  return html`<h2>${words.yamlTitle}</h2><pre>${text}</pre><p><a href="${path}">${words.back}</a></p>`;
}
