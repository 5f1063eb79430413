import { expect } from 'chai';
import { openQuestion } from '#edge/commissioning/evidence';
import { hypothesisText } from '#edge/commissioning/hypothesis-words';
import { type Finding, Inference } from '#edge/commissioning/inference';
import type { RegisterImage } from '#edge/drivers/modbus/register-image';
import { shownBy } from './machine-scene.js';

const everyMs = 500;

/** Twice a second, from as many registers as a row has; the panel is read at some of these moments, with so many digits. */
function found(rows: readonly (readonly number[])[], shown: (row: number) => number, digits: number, at: number[]) {
  const count = rows[0]!.length;
  const windows = [{ area: 'holding' as const, start: 0, count }];
  const images = rows.map(
    (words, row): RegisterImage => ({ atMs: row * everyMs, windows: [{ ...windows[0]!, words: [...words] }] }),
  );
  const readings = at.map((row) => {
    const atMs = row * everyMs;
    return { atMs, fromMs: atMs, toMs: atMs, shown: shownBy(shown(row).toFixed(digits)) };
  });
  const inference = new Inference(windows, images);
  const [finding] = inference.findings([{ name: 't', unit: 'Cel', readings }], images);
  return { finding: finding!, said: openQuestion(finding!, inference, images.at(-1)!)?.en ?? '' };
}

function textsOf({ best, equals, rivals }: Finding): string[] {
  return [best!, ...equals, ...rivals].map(hypothesisText);
}

function wordsOf(bytes: number, write: (buffer: Buffer) => void): number[] {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return Array.from({ length: bytes / 2 }, (_, i) => buffer.readUInt16BE(2 * i));
}

const moments = Array.from({ length: 80 }, (_, row) => row);
const looks = [3, 11, 19, 26, 34, 47, 58, 66];

describe('commissioning: what registers say against a hypothesis', () => {
  it('a low byte that goes round as a number is half of a wider one, though the panel has never shown more', () => {
    // Up to 13.1, where the byte turns at 12.7; looked at when it is lower.
    const value = (row: number) => Math.round(131 * Math.sin(row / 12));
    const rows = moments.map((row) => [value(row) & 0xffff, 0x1234]);
    const at = moments.filter((row) => Math.abs(value(row)) < 120).filter((_, i) => i % 7 === 0);
    const { finding } = found(rows, (row) => value(row) / 10, 1, at);
    expect([finding.verdict, textsOf(finding)]).to.deep.equal(['certain', ['int16 holding:0 × 0.1']]);
  });

  it('a word below that stands still, moves in a narrow place or is empty is hardly part of a number whose upper words move', () => {
    const value = (row: number) => 4 + 3 * Math.sin(row / 9) + 0.013 * Math.sin(row * 7);
    const own = moments.map((row) => wordsOf(4, (buffer) => buffer.writeFloatLE(value(row))));
    // Numbers do end in zeros, so an empty one alone does not decide.
    const verdicts = { still: 'certain', narrow: 'certain', empty: 'open' };
    const beside = { still: () => 0x0723, narrow: (row: number) => (300 + ((row * 7) % 50)) << 3, empty: () => 0 };
    for (const [kind, word] of Object.entries(beside)) {
      // Registers 1 and 2, as well as 2 and 3, could be the number: the word of its exponent is the same.
      const rows = own.map(([low, upper], row) => [0x1111, word(row), upper!, low!]);
      const { finding } = found(rows, value, 1, looks);
      expect([kind, finding.verdict, textsOf(finding)[0]]).to.deep.equal([
        kind,
        verdicts[kind as keyof typeof verdicts],
        'float32 BADC holding:2',
      ]);
    }
  });

  it('an integer is not taken for one with four more digits than the panel shows', () => {
    const digitsOf = (value: number) => Number.parseInt(String(value), 16);
    const rows = moments.map((row) => [digitsOf(1_204 + 3 * row), digitsOf((row * 137) % 4_999), 0, 0]);
    const { finding } = found(rows, (row) => 1_204 + 3 * row, 0, looks);
    expect([finding.verdict, textsOf(finding)]).to.deep.equal(['certain', ['bcd16 holding:0']]);
  });

  it('two numbers that differ by nothing a display shows are settled beside each other, and this is said', () => {
    const value = (row: number) => 46 + 27 * Math.sin(row / 11) + 0.01 * Math.sin(row * 5);
    // The upper half of a double between two lower ones that move alike.
    const rows = moments.map((row) => {
      const words = wordsOf(8, (buffer) => buffer.writeDoubleBE(value(row)));
      const other = wordsOf(8, (buffer) => buffer.writeDoubleBE(Math.sqrt(2 + row)));
      return [other[2]!, other[3]!, words[0]!, words[1]!, words[2]!, words[3]!];
    });
    const { finding, said } = found(rows, value, 2, looks);
    expect(finding.verdict).to.equal('equal');
    expect(textsOf(finding)).to.have.members(['float64 ABCD holding:2', 'float64 EFGHABCD holding:0']);
    expect(said).to.contain('only in digits the panel does not show');
  });
});
