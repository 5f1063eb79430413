import { expect } from 'chai';
import fc from 'fast-check';
import { formatHeard, missedBatches, parseHeard } from '#cloud/live/position';

type Ranges = [number, number][];

/** Ascending ranges that do not touch, of small numbers, so that two ledgers overlap in every way. */
const ranges = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }).map((sequences): Ranges => {
  const found: Ranges = [];
  for (const sequence of sequences.sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last?.[1] === sequence - 1) last[1] = sequence;
    else found.push([sequence, sequence]);
  }
  return found;
});
const ledger = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), ranges), { selector: ([epoch]) => epoch, maxLength: 4 })
  .map((epochs) => new Map(epochs.filter(([, own]) => own.length > 0)));

const holds = (known: ReadonlyMap<number, Ranges>, epoch: number, sequence: number): boolean =>
  known.get(epoch)?.some(([first, last]) => first <= sequence && sequence <= last) === true;

describe('live position', () => {
  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(ledger, fc.nat(), (known, at) => {
        const heard = parseHeard(formatHeard({ at, ledger: known }));
        expect(heard?.at).to.equal(at);
        expect([...heard!.ledger].sort()).to.deep.equal([...known].sort());
      }),
    );
  });

  it('tells exactly the batches that came since, of the epochs it knows and of newer ones', () => {
    fc.assert(
      fc.property(ledger, ledger, (now, heard) => {
        const missed = missedBatches(now, heard);
        const oldest = Math.min(...heard.keys());
        for (let epoch = 1; epoch <= 4; epoch += 1) {
          for (let sequence = 1; sequence <= 40; sequence += 1) {
            const wanted =
              holds(now, epoch, sequence) && !holds(heard, epoch, sequence) && (heard.size === 0 || epoch >= oldest);
            expect(missed.has({ epoch, sequence }), `${epoch}/${sequence}`).to.equal(wanted);
          }
        }
      }),
    );
  });

  it('stays short: old holes and old epochs are taken for heard', () => {
    const holes = Array.from({ length: 100 }, (_, n): [number, number] => [n * 10 + 1, n * 10 + 5]);
    const epochs = new Map(Array.from({ length: 9 }, (_, n) => [n + 1, holes] as const));
    const text = formatHeard({ at: 1, ledger: epochs });
    expect(text.length).to.be.lessThan(4_000);
    const heard = parseHeard(text)!;
    expect([...heard.ledger.keys()]).to.deep.equal([6, 7, 8, 9]);
    const missed = missedBatches(epochs, heard.ledger);
    expect(missed.empty).to.equal(true);
    const later = missedBatches(new Map([[9, [[1, 2_000]]]]), heard.ledger);
    expect([996, 986, 1, 7].map((sequence) => later.has({ epoch: 9, sequence }))).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is no text a client could make up', () => {
    for (const text of ['', 'x', '1;2', '1;2:3', '1;2:3-4,', '1;2:3-4;', '-1', '1;2:3-4;__proto__:1-2', '1e5']) {
      expect(parseHeard(text), text).to.equal(undefined);
    }
  });
});
