import { type Html, html } from './html.ts';
import type { View } from './page.ts';
import type { Texts } from './texts.ts';

const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** As people say it: `42 s`, `3 min`, `1 h 12 min`, `2 d 3 h`. */
export function durationText(ms: number, texts: Texts): string {
  const whole = Math.max(0, ms);
  if (whole < minuteMs) return texts.seconds(Math.floor(whole / secondMs));
  if (whole < hourMs) return texts.minutes(Math.floor(whole / minuteMs));
  if (whole < dayMs) return texts.hoursMinutes(Math.floor(whole / hourMs), Math.floor((whole % hourMs) / minuteMs));
  return texts.daysHours(Math.floor(whole / dayMs), Math.floor((whole % dayMs) / hourMs));
}

/** How long ago, with the exact moment behind it; a clock of a source may be ahead. */
export function ageOf(time: number, { now, texts }: View): Html {
  if (!isTime(time)) return html`${texts.none}`;
  const ahead = time - now >= minuteMs;
  const text = ahead ? texts.ahead(durationText(time - now, texts)) : texts.ago(durationText(now - time, texts));
  return html`<time datetime="${new Date(time).toISOString()}" title="${stampText(time)}">${text}</time>`;
}

/** The moment in the zone of this machine, to the second. */
export function stampOf(time: number, texts: Texts): Html {
  if (!isTime(time)) return html`${texts.none}`;
  return html`<time datetime="${new Date(time).toISOString()}">${stampText(time)}</time>`;
}

function stampText(time: number): string {
  // Swedish writes dates as ISO 8601 does.
  return new Date(time).toLocaleString('sv-SE');
}

export function isTime(time: number): boolean {
  return Number.isFinite(time) && Math.abs(time) < 8.64e15;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** Grouped by thousands, one decimal at most. */
export function numberText(value: number): string {
  return grouped.format(value).replaceAll(',', '\u202f');
}

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const place = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${numberText(bytes / 1024 ** place)} ${units[place]}`;
}

export function percentText(share: number): string {
  return share > 0 && share < 0.001 ? '< 0.1 %' : `${numberText(share * 100)} %`;
}

/** Milliseconds to what matters: 1.4 ms, 38 ms, 1.2 s. */
export function latencyText(ms: number | null, texts: Texts): string {
  if (ms === null) return texts.none;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** A period as it was configured: 250 ms, 10 s. */
export function periodText(ms: number): string {
  if (ms < 1000) return `${numberText(ms)} ms`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${numberText(ms / 1000)} s`;
}
