import { expect } from 'chai';
import { Inference } from '#edge/commissioning/inference';
import type { PanelTag } from '#edge/commissioning/panel';
import { Weighing } from '#edge/commissioning/weighing';
import type { RegisterImage } from '#edge/drivers/modbus/register-image';
import { shownBy } from './machine-scene.js';

const windows = [{ area: 'holding' as const, start: 0, count: 2 }];

/** One image each second of a register with these values, beside one that stands still. */
function imagesOf(values: readonly number[]): RegisterImage[] {
  return values.map((value, second) => ({
    atMs: second * 1_000,
    windows: [{ ...windows[0]!, words: [value, 0x1234] }],
  }));
}

function readAt(second: number, value: number) {
  const atMs = second * 1_000;
  return { atMs, fromMs: atMs, toMs: atMs, shown: shownBy(String(value)) };
}

describe('commissioning: weighing while more is read', () => {
  it('asks again for what read alike when it was settled, and has parted since', () => {
    // Below 128 the register and its low byte read the same.
    const low = [21, 97, 44, 112, 63, 85];
    const images = imagesOf(low);
    const inference = new Inference(windows, images);
    const weighing = new Weighing({ inference, images: () => images });
    const speed: PanelTag = { name: 'speed', unit: '', readings: low.map((value, second) => readAt(second, value)) };
    expect(weighing.findings([speed])[0]!.verdict).to.equal('equal');
    expect(weighing.unsettled([speed])).to.deep.equal([]);

    const later = [...low, 300, 411, 287, 350];
    images.push(...imagesOf(later).slice(low.length));
    const [open] = weighing.unsettled([speed]);
    expect([open!.tag.name, open!.verdict]).to.deep.equal(['speed', 'open']);
    expect(weighing.isWorthALook(open!), 'they read differently now').to.equal(true);
    images.push(...imagesOf([...later, 77]).slice(later.length));
    expect(weighing.isWorthALook(open!), 'they read alike now, though the panel has not shown it yet').to.equal(false);

    const looked = { ...speed, readings: [...speed.readings, readAt(9, 350)] };
    expect(weighing.unsettled([looked])).to.deep.equal([]);
    expect(weighing.findings([looked])[0]!.best?.layout).to.include({ start: 0 });
    expect(weighing.findings([looked])[0]!.best?.layout.type).to.be.oneOf(['int16', 'uint16']);
  });

  it('asks for a lamp when any bit that could be it is otherwise than the lamp was', () => {
    // The bits of a register and the zeros of the one beside it are all off; the last of them goes on.
    const images = imagesOf([0, 0, 0]);
    const inference = new Inference(windows, images);
    const weighing = new Weighing({ inference, images: () => images });
    const shown = { kind: 'state', text: 'off', on: false } as const;
    const lamp: PanelTag = { name: 'alarm', unit: '', readings: [{ atMs: 1_000, fromMs: 1_000, toMs: 1_000, shown }] };
    const [open] = weighing.unsettled([lamp]);
    expect(open!.rivals.length).to.be.greaterThan(8);
    expect(weighing.isWorthALook(open!), 'all are off, as the lamp was').to.equal(false);
    images.push(...imagesOf([0, 0, 0, 0x8000]).slice(3));
    expect(weighing.isWorthALook(open!), 'it has gone on, or this bit is not it').to.equal(true);
  });
});
