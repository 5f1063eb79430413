import { nameFault } from '@gongfu/shared/model/name-text';
import type { AssistTarget } from './assist-desk.ts';
import { lookBackMs } from './panel.ts';
import type { PanelEntry } from './recording.ts';
import { optionInvalid, windowsFrom } from './source-request.ts';

/** A browser without script does not tell when the first key was pressed: so long before the form came somebody may have looked, for each value. */
const looksMs = 10_000;
/** Nobody types one value for longer. */
const typedMaxMs = 120_000;
const rowsMax = 300;

/** What the form of the beginning asks for. @throws Problem `assist-option-invalid` */
export function targetFrom(form: URLSearchParams): AssistTarget {
  const text = (key: string) => (form.get(key) ?? '').trim() || undefined;
  const number = (key: string) => (text(key) === undefined ? undefined : Number(text(key)));
  const from = (text('from') ?? '').split(/[\s,，、]+/).filter((one) => one !== '');
  const windows = windowsFrom({ from, count: number('count') ?? Number.NaN });
  const [source, unit] = [text('source'), number('unit')];
  if (source !== undefined) return { name: source, unit, windows };
  const name = text('name') ?? '';
  const fault = nameFault(name);
  if (fault !== undefined) throw optionInvalid([{ where: 'name', what: fault }]);
  const [serial, host] = [text('serial'), text('host')];
  const line = serial === undefined ? {} : { serial, baud: number('baud'), parity: text('parity') };
  const network = host === undefined ? {} : { host, port: number('port') };
  return { name, windows, described: { ...network, ...line, unit, framing: text('framing') } };
}

/** What was typed in the form of the panel, value by value; rows without a value are left out. `nowMs` is when the form came. */
export function entriesFrom(form: URLSearchParams, nowMs: number): PanelEntry[] {
  const rows = Array.from({ length: rowsMax }, (_, place) => String(place));
  const typed = [...rows, 'new'].filter((row) => (form.get(`value-${row}`) ?? '').trim() !== '');
  const shownMs = Number(form.get('shown') ?? 0);
  return typed.map((row) => {
    const text = (key: string) => (form.get(`${key}-${row}`) ?? '').trim();
    const ago = form.get(`ago-${row}`);
    const firstKeyMs = nowMs - Math.min(typedMaxMs, Math.max(0, Number(ago) || 0));
    const early = Math.max(nowMs - looksMs * typed.length, Math.min(shownMs, nowMs));
    return {
      name: text('name'),
      unit: text('unit'),
      manual: text('manual'),
      text: text('value'),
      ...(ago === null ? { fromMs: early, toMs: nowMs } : { fromMs: firstKeyMs - lookBackMs, toMs: firstKeyMs }),
    };
  });
}
