import type { LocalText } from '@gongfu/shared/model/asset';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const thinSpace = '\u2009';

/** How numbers, times and names are written in the language of the page. */
export interface Formats {
  readonly t: TFunction;
  name(text: LocalText): string;
  count(value: number): string;
  decimal(value: number): string;
  /** With that many digits after the point. */
  fixed(value: number, digits: number): string;
  /** Ratio 1 = `100.0 %`. */
  percent(ratio: number): string;
  /** Difference of two ratios in percentage points. */
  points(difference: number): string;
  bytes(value: number): string;
  duration(ms: number): string;
  /** `14:05`, in the plant's zone. */
  clock(time: number, timeZone: string): string;
  /** `26 Nov`, in the plant's zone. */
  day(time: number, timeZone: string): string;
  /** Date, time with seconds and zone: for hovering. */
  stamp(time: number, timeZone: string): string;
  /** A local date `2026-11-23` as `Mon, Nov 23`. */
  dateText(date: string): string;
  /** 1 = `Mon` … 7 = `Sun`. */
  weekday(day: number): string;
}

export function useFormats(): Formats {
  const { t, i18n } = useTranslation();
  return useMemo(() => formatsOf(t, i18n.language), [t, i18n.language]);
}

function formatsOf(t: TFunction, language: string): Formats {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const tenth = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const dates = new Map<string, Intl.DateTimeFormat>();
  const dateFormat = (timeZone: string, options: Intl.DateTimeFormatOptions, name: string): Intl.DateTimeFormat => {
    const key = `${name} ${timeZone}`;
    let format = dates.get(key);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(language, { ...options, timeZone, hourCycle: 'h23' });
      dates.set(key, format);
    }
    return format;
  };
  return {
    t,
    name: ({ zh, en }) => (language === 'zh-CN' ? zh || en : en || zh),
    count: (value) => whole.format(value),
    decimal: (value) => tenth.format(value),
    fixed: (value, digits) =>
      new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    percent: (ratio) => `${tenth.format(ratio * 100)}${thinSpace}%`,
    points: (difference) => tenth.format(Math.abs(difference) * 100),
    bytes: (value) =>
      value < 1_000_000 ? `${whole.format(Math.ceil(value / 1_000))} kB` : `${tenth.format(value / 1_000_000)} MB`,
    duration: (ms) => durationText(t, ms),
    clock: (time, timeZone) => dateFormat(timeZone, { hour: '2-digit', minute: '2-digit' }, 'clock').format(time),
    day: (time, timeZone) => dateFormat(timeZone, { month: 'short', day: 'numeric' }, 'day').format(time),
    stamp: (time, timeZone) => dateFormat(timeZone, { dateStyle: 'medium', timeStyle: 'long' }, 'stamp').format(time),
    dateText: (date) =>
      dateFormat('UTC', { weekday: 'short', month: 'short', day: 'numeric' }, 'date').format(Date.parse(date)),
    // 1 January 2024 was a Monday.
    weekday: (day) => dateFormat('UTC', { weekday: 'short' }, 'weekday').format(Date.UTC(2024, 0, day)),
  };
}

function durationText(t: TFunction, ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  // Up to two minutes the seconds matter.
  if (seconds < 120) return t('duration.seconds', { s: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t('duration.minutes', { m: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t('duration.hours', { h: hours, m: minutes % 60 });
  return t('duration.days', { d: Math.floor(hours / 24), h: hours % 24 });
}
