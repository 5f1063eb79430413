import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { Acceptance, AcceptedTag } from './acceptance.ts';
import type { BothWords } from './hypothesis-words.ts';
import type { Verdict } from './verdict.ts';

export const verdictWords: Readonly<Record<Verdict, BothWords>> = {
  certain: { zh: '确定', en: 'certain' },
  equal: { zh: '已定，另有等价读法', en: 'settled, others read the same' },
  likely: { zh: '相符，证据不足', en: 'fits, may be chance' },
  open: { zh: '待定', en: 'open' },
  none: { zh: '未找到', en: 'not found' },
};
export const verdictMarks: Readonly<Record<Verdict, string>> = {
  certain: '●',
  equal: '◐',
  likely: '○',
  open: '?',
  none: '×',
};

const byHandWords = { zh: '由安装人员选定', en: 'chosen by the installer' };

/** The whole of the style: a page that lets no other in names its hash. */
export const acceptanceStyle = `
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#d5d9de;--page:#fff;--head:#f3f4f6;--good:#1f6b3a;--doubt:#8a5300;--bad:#a4252c}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a2abb5;--line:#3a4149;--page:#16191d;--head:#20252b;--good:#7cc795;--doubt:#e0b060;--bad:#f0918f}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 16px;max-width:1040px;background:var(--page);color:var(--ink);font:14px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:0 0 6px}
.choice{display:flex;gap:16px;justify-content:flex-end}.choice label{padding:4px 0;cursor:pointer}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 20px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:6px 0 10px}th,td{border-bottom:1px solid var(--line);padding:4px 8px 4px 0;text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:500;background:none}td.number,th.number{text-align:right;white-space:nowrap}
section{border-top:1px solid var(--line);padding:14px 0 6px;break-inside:avoid}
ul{margin:4px 0;padding-left:18px}code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px}
.wide{overflow-x:auto}.wide td,.wide th,.wide code{white-space:nowrap}td:last-child{padding-right:8px}.verdict{white-space:nowrap;font-weight:600}.certain{color:var(--good)}.equal,.likely,.open{color:var(--doubt)}.none{color:var(--bad)}
.question{border-left:3px solid var(--doubt);padding:2px 0 2px 10px;margin:8px 0}
.sign{display:grid;grid-template-columns:repeat(3,1fr);gap:32px;margin-top:44px;break-inside:avoid}.sign div{border-top:1px solid var(--ink);padding-top:4px;color:var(--soft)}
body:has(#zh:checked) [lang=en]:not(html),body:has(#en:checked) [lang=zh-CN]:not(html){display:none}
@media (max-width:600px){.sign{grid-template-columns:1fr;gap:44px}dl{grid-template-columns:1fr}dt{margin-top:4px}}
@media print{.wide{overflow:visible}.wide td,.wide th,.wide code{white-space:normal}:root{--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--good:#000;--doubt:#000;--bad:#000}body{padding:0;font-size:11px}.choice{display:none}@page{size:A4;margin:14mm}}
`;

/** The report as one file that needs nothing else: both languages, for the screen and for A4. */
export function acceptancePage(acceptance: Acceptance, language: 'zh' | 'en'): string {
  const { gateway, source, madeAt, tags } = acceptance;
  const checked = (one: 'zh' | 'en') => (one === language ? ' checked' : '');
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>验收报告 Acceptance report: ${safe(source.name)}</title><style>${acceptanceStyle}</style></head><body>
<div class="choice" role="radiogroup" aria-label="语言 Language"><label><input type="radio" name="language" id="zh"${checked('zh')}> 中文</label><label><input type="radio" name="language" id="en"${checked('en')}> English</label></div>
<main>
<h1>${both({ zh: '测点验收报告', en: 'Acceptance of tags' })}</h1>
<dl>${[
    [{ zh: '网关', en: 'Gateway' }, safe(gateway)],
    [
      { zh: '数据源', en: 'Source' },
      `${safe(source.name)} · ${safe(source.place)} · ${both({ zh: `单元 ${source.unitId}`, en: `unit ${source.unitId}` })}`,
    ],
    [{ zh: '日期', en: 'Date' }, timeText(madeAt)],
    [{ zh: '读取范围', en: 'Registers read' }, windowsText(acceptance)],
    [{ zh: '寄存器快照', en: 'Register images' }, imagesText(acceptance)],
    [{ zh: '结论', en: 'Result' }, resultText(tags)],
  ]
    .map(([name, value]) => `<dt>${both(name as BothWords)}</dt><dd>${value as string}</dd>`)
    .join('')}</dl>
<div class="wide">${overview(tags)}</div>
${tags.map(details).join('\n')}
<div class="sign">${[
    { zh: '安装人员 / 日期', en: 'Installer / date' },
    { zh: '设备方 / 日期', en: 'Machine owner / date' },
    { zh: '验收人 / 日期', en: 'Accepted by / date' },
  ]
    .map((who) => `<div>${both(who)}</div>`)
    .join('')}</div>
</main></body></html>
`;
}

function overview(tags: readonly AcceptedTag[]): string {
  const rows = tags.map(({ name, unit, verdict, byHand, hypothesis, readings, quality }) => {
    const last = readings.at(-1);
    return `<tr><td><strong>${safe(name)}</strong></td>${verdictCell(verdict, byHand)}<td><code>${safe(hypothesis)}</code></td><td class="number">${safe(last?.panel ?? '–')}</td><td class="number">${safe(last?.read ?? '–')} ${safe(unitSymbol(unit))}</td><td class="number">${safe(last?.difference ?? '–')}</td><td class="number">${quality.good} / ${quality.of}</td></tr>`;
  });
  return `<table><thead><tr>${[
    ['', { zh: '测点', en: 'Tag' }],
    ['', { zh: '结论', en: 'Verdict' }],
    ['', { zh: '读法', en: 'Read as' }],
    ['number', { zh: '面板值', en: 'Panel' }],
    ['number', { zh: '读取值', en: 'Read' }],
    ['number', { zh: '差值', en: 'Difference' }],
    ['number', { zh: '质量好', en: 'Good quality' }],
  ]
    .map(([kind, words]) => `<th${kind === '' ? '' : ` class="${kind as string}"`}>${both(words as BothWords)}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function details(tag: AcceptedTag, place: number): string {
  const { name, verdict, byHand, hypothesis, wireAddress, manualAddress, readings, evidence, open, rejected } = tag;
  const where =
    wireAddress === '' ? '' : `<p><code>${safe(hypothesis)}</code> · ${safe(wireAddress)} · ${safe(manualAddress)}</p>`;
  const readingRows = readings.map(
    ({ at, panel, read, difference }) =>
      `<tr><td>${timeText(at)}</td><td class="number">${safe(panel)}</td><td class="number">${safe(read)}</td><td class="number">${safe(difference)}</td></tr>`,
  );
  const rejectedRows = rejected.map(
    (one) =>
      `<tr><td><code>${safe(one.hypothesis)}</code></td><td>${timeText(one.at)}</td><td class="number">${safe(one.panel)}</td><td class="number">${safe(one.wouldShow)}</td></tr>`,
  );
  return `<section id="tag-${place + 1}"><h2>${safe(name)} ${verdictText(verdict)}${byHand === true ? ` · ${both(byHandWords)}` : ''}</h2>${where}
<div class="wide"><table><thead><tr><th>${both({ zh: '时间', en: 'Time' })}</th><th class="number">${both({ zh: '面板值', en: 'Panel' })}</th><th class="number">${both({ zh: '读取值', en: 'Read' })}</th><th class="number">${both({ zh: '差值', en: 'Difference' })}</th></tr></thead><tbody>${readingRows.join('')}</tbody></table></div>
${open === undefined ? '' : `<p class="question">${both(open)}</p>`}
${evidence.length === 0 ? '' : `<ul>${evidence.map((words) => `<li>${both(words)}</li>`).join('')}</ul>`}
${rejected.length === 0 ? '' : `<div class="wide"><table><thead><tr><th>${both({ zh: '已排除', en: 'Ruled out' })}</th><th>${both({ zh: '依据的读数', en: 'By the reading at' })}</th><th class="number">${both({ zh: '面板值', en: 'Panel' })}</th><th class="number">${both({ zh: '本应显示', en: 'Would have shown' })}</th></tr></thead><tbody>${rejectedRows.join('')}</tbody></table></div>`}</section>`;
}

function verdictCell(verdict: Verdict, byHand: boolean | undefined): string {
  return `<td>${verdictText(verdict)}${byHand === true ? `<br>${both(byHandWords)}` : ''}</td>`;
}

function verdictText(verdict: Verdict): string {
  return `<span class="verdict ${verdict}">${verdictMarks[verdict]} ${both(verdictWords[verdict])}</span>`;
}

function windowsText({ windows }: Acceptance): string {
  return windows
    .map(({ area, start, count, read }) =>
      both({
        zh: `${area}:${start}..${start + count - 1}（${count} 个中读到 ${read} 个）`,
        en: `${area}:${start}..${start + count - 1} (${read} of ${count} could be read)`,
      }),
    )
    .join('<br>');
}

function imagesText({ images: { count, from, to } }: Acceptance): string {
  return `${count} · ${timeText(from)} – ${timeText(to)}`;
}

function resultText(tags: readonly AcceptedTag[]): string {
  return (Object.keys(verdictWords) as Verdict[])
    .flatMap((verdict) => {
      const count = tags.filter((tag) => tag.verdict === verdict).length;
      return count === 0 ? [] : [`${count} ${verdictText(verdict)}`];
    })
    .join(' · ');
}

/** Times are UTC, as everywhere in files. */
function timeText(iso: string): string {
  return `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function both({ zh, en }: BothWords): string {
  return `<span lang="zh-CN">${safe(zh)}</span><span lang="en">${safe(en)}</span>`;
}

function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
