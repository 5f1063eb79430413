import { qualityOf, statusName } from '@gongfu/shared/model/quality';
import type { LastValue } from '../collector/collector-types.ts';
import type { HealthReport } from './health.ts';

export type Language = 'zh' | 'en';

const texts = {
  zh: {
    title: '工赋边缘网关',
    other: 'English',
    uplink: '云端连接',
    backlog: '待上传',
    batches: '批',
    oldest: '最早数据',
    gaps: '缺口记录',
    rate: '样本/秒',
    due: '应采/秒',
    onChange: '变化时上报',
    acknowledged: '云端确认耗时 p50 / p99（最近一分钟）',
    configuration: '配置版本',
    refused: '新配置未生效，原配置继续运行',
    sources: '数据源',
    source: '数据源',
    driver: '驱动',
    state: '状态',
    detail: '说明',
    tags: '测点',
    latency: '轮询耗时 p50 / p99 (ms)',
    skipped: '跳过轮询',
    values: '最新值',
    tag: '测点',
    value: '值',
    quality: '质量',
    time: '时间',
    good: '良好',
    uncertain: '可疑',
    bad: '坏',
    more: (count: number) => `另有 ${count} 个测点未显示`,
    states: {
      connected: '已连接',
      connecting: '连接中',
      failing: '故障',
      stopped: '已停止',
      enrolling: '注册中',
      refused: '被拒绝',
      none: '未配置',
    },
  },
  en: {
    title: 'Gongfu edge gateway',
    other: '中文',
    uplink: 'Cloud',
    backlog: 'Waiting to be sent',
    batches: 'batches',
    oldest: 'oldest',
    gaps: 'Gap records',
    rate: 'Samples/s',
    due: 'Due/s',
    onChange: 'on change',
    acknowledged: 'Acknowledged by the cloud, p50 / p99 of the last minute',
    configuration: 'Configuration',
    refused: 'The new configuration was not taken; the old one goes on',
    sources: 'Sources',
    source: 'Source',
    driver: 'Driver',
    state: 'State',
    detail: 'Detail',
    tags: 'Tags',
    latency: 'Poll p50 / p99 (ms)',
    skipped: 'Polls skipped',
    values: 'Last values',
    tag: 'Tag',
    value: 'Value',
    quality: 'Quality',
    time: 'Time',
    good: 'good',
    uncertain: 'uncertain',
    bad: 'bad',
    more: (count: number) => `${count} more tags are not shown`,
    states: {
      connected: 'connected',
      connecting: 'connecting',
      failing: 'failing',
      stopped: 'stopped',
      enrolling: 'enrolling',
      refused: 'refused',
      none: 'not configured',
    },
  },
} as const;

const rowsMax = 500;
const style = `body{font:14px/1.5 system-ui,"Noto Sans SC",sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1d2733}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}header{display:flex;justify-content:space-between;align-items:baseline}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde3ea;vertical-align:top}
th{color:#566476;font-weight:500}th,td.n,td span{white-space:nowrap}.n{text-align:right;font-variant-numeric:tabular-nums}.connected,.good{color:#0b6b3a}
.failing,.refused,.bad{color:#b3261e}.connecting,.enrolling,.uncertain{color:#8a5a00}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:1rem 0}dt{color:#566476}dd{margin:0}
@media(prefers-color-scheme:dark){body{background:#12181f;color:#dbe4ee}th,td{border-color:#2b3642}th,dt{color:#93a3b5}
.connected,.good{color:#5fce93}.failing,.refused,.bad{color:#ff8a80}.connecting,.enrolling,.uncertain{color:#f2c063}a{color:#8ab8ff}}`;

/** The status page: one file, no script, renewed every two seconds by the browser. */
export function statusPage(report: HealthReport, values: readonly LastValue[], language: Language): string {
  const t = texts[language];
  const { buffer, uplink } = report;
  const other = language === 'zh' ? 'en' : 'zh';
  return `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="2">
<title>${escaped(report.gateway)} · ${t.title}</title><style>${style}</style></head><body>
<header><h1>${escaped(report.gateway)} · ${t.title}</h1><a href="?lang=${other}" lang="${other}">${t.other}</a></header>
<dl><dt>${t.uplink}</dt><dd>${state(uplink.state, t)} ${escaped(uplink.detail)}</dd>
<dt>${t.backlog}</dt><dd>${buffer.batches} ${t.batches}, ${mebibytes(buffer.usedBytes)} / ${mebibytes(buffer.capacityBytes)}${
    buffer.oldestTime === null ? '' : `, ${t.oldest} ${timeText(buffer.oldestTime)}`
  }</dd>
<dt>${t.gaps}</dt><dd>${buffer.gapsTotal}</dd><dt>${t.rate}</dt><dd>${report.samplesPerSecond}</dd>
<dt>${t.acknowledged}</dt><dd>${acknowledged(uplink.acknowledgementMs)}</dd>
<dt>${t.configuration}</dt><dd title="${report.configurationVersion}">${report.configurationVersion.slice(0, 8)}</dd></dl>
${refused(report.reload, t)}<h2>${t.sources}</h2><table><thead><tr><th>${t.source}<th>${t.driver}<th>${t.state}<th>${t.detail}<th class="n">${t.tags}<th class="n">${t.rate}<th class="n">${t.due}<th class="n">${t.latency}<th class="n">${t.skipped}</tr></thead><tbody>
${report.sources.map((source) => sourceRow(source, t)).join('\n')}
</tbody></table>
<h2>${t.values}</h2><table><thead><tr><th>${t.source}<th>${t.tag}<th class="n">${t.value}<th>${t.quality}<th>${t.time}</tr></thead><tbody>
${values
  .slice(0, rowsMax)
  .map((value) => valueRow(value, t))
  .join('\n')}
</tbody></table>${values.length > rowsMax ? `<p>${t.more(values.length - rowsMax)}</p>` : ''}</body></html>`;
}

type Texts = (typeof texts)[Language];

/** Why the configuration that was offered last does not run; nothing where it does. */
function refused(reload: HealthReport['reload'], t: Texts): string {
  if (reload === null || reload.problem === null) return '';
  const { code, detail, advice, places } = reload.problem;
  const listed = places.map(({ where, what }) => `<li>${escaped(where)} ${escaped(what)}`).join('\n');
  return `<h2 class="refused">${t.refused} (${timeText(reload.at)})</h2><p>${escaped(detail)} [${escaped(code)}]. ${escaped(advice)}</p><ul>${listed}</ul>`;
}

function sourceRow(source: HealthReport['sources'][number], t: Texts): string {
  const latencies = source.groups
    .map((group) => `${whole(group.latencyP50Ms)} / ${whole(group.latencyP99Ms)}`)
    .join('<br>');
  const due = source.duePerSecond === null ? t.onChange : Math.round(source.duePerSecond * 10) / 10;
  const skipped = source.groups.reduce((total, group) => total + group.skippedTotal, 0);
  return `<tr><td>${escaped(source.name)}<td>${escaped(source.driver)}<td>${state(source.state, t)}<td>${escaped(source.detail)}<td class="n">${source.tags}<td class="n">${source.samplesPerSecond}<td class="n">${due}<td class="n">${latencies}<td class="n">${skipped}</tr>`;
}

function valueRow(value: LastValue, t: Texts): string {
  const quality = qualityOf(value.status);
  const code = `0x${value.status.toString(16).padStart(8, '0')}`;
  const reason = quality === 'good' ? '' : ` ${statusName(value.status)}`;
  const shown = value.value === null ? '—' : escaped(String(value.value));
  return `<tr><td>${escaped(value.source)}<td>${escaped(value.name)}<td class="n">${shown}<td class="${quality}" title="${code}">${t[quality]}${reason}<td>${timeText(value.sourceTime)}</tr>`;
}

function state(name: string, t: Texts): string {
  return `<span class="${escaped(name)}">${escaped((t.states as Record<string, string>)[name] ?? name)}</span>`;
}

function acknowledged(quantiles: HealthReport['uplink']['acknowledgementMs']): string {
  return quantiles === null ? '–' : `${whole(quantiles.p50)} / ${whole(quantiles.p99)} ms`;
}

function whole(value: number | null): string {
  return value === null ? '–' : value.toFixed(value < 10 ? 1 : 0);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function timeText(time: number): string {
  return Number.isFinite(time) && Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : '—';
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
