/** What a person reads off a panel: a number to the last digit shown, or a lamp. */
export type PanelValue =
  | {
      readonly kind: 'number';
      /** As it was written, for reports. */
      readonly text: string;
      readonly value: number;
      /** Worth of the last digit shown: 0.1 for 36.5. */
      readonly resolution: number;
    }
  | { readonly kind: 'state'; readonly text: string; readonly on: boolean };

const on = ['on', 'true', 'yes', 'open', 'running', '开', '是', '亮', '运行', '接通', '打开'];
const off = ['off', 'false', 'no', 'closed', 'stopped', '关', '否', '灭', '停止', '断开', '关闭'];
const digits = /^([+\-−]?)\s*(\d[\d\s'’]*|\d{1,3}(?:,\d{3})+|\d*)(?:[.,](\d+))?\s*(\D*)$/u;

/**
 * `36.5`, `-3,25`, `1 204 377`, `12,345,678.5`, `36.5 °C`, `on`, `关`. A single comma is a decimal comma unless three digits follow it,
 * which is refused as ambiguous. The value, or one sentence that says what is wrong with the text.
 */
export function parsePanelValue(written: string): PanelValue | string {
  const text = written.trim();
  const word = text.toLowerCase();
  if (on.includes(word)) return { kind: 'state', text, on: true };
  if (off.includes(word)) return { kind: 'state', text, on: false };
  if (/^[^.,]*\d,\d{3}\D*$/.test(text))
    return `"${text}" may have a decimal comma or a thousands comma; write it without`;
  const parts = digits.exec(text);
  const whole = parts?.[2]?.replace(/\D/g, '') ?? '';
  const fraction = parts?.[3] ?? '';
  if (parts === null || whole + fraction === '') {
    return `"${text}" is neither a number nor on or off; write what the panel shows, as 36.5 or on`;
  }
  if (whole.length + fraction.length > 15) return `"${text}" has more than 15 digits, which cannot be compared exactly`;
  const magnitude = Number(`${whole === '' ? '0' : whole}.${fraction === '' ? '0' : fraction}`);
  const value = parts[1] === '-' || parts[1] === '−' ? -magnitude : magnitude;
  return { kind: 'number', text, value, resolution: 1 / 10 ** fraction.length };
}
