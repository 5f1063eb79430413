import { expect } from 'chai';
import { valueText } from '#edge/commissioning/evidence';
import { hypothesisText } from '#edge/commissioning/hypothesis-words';
import { Inference } from '#edge/commissioning/inference';
import { Judge } from '#edge/commissioning/judge';
import { MachineScene, readPanel } from './machine-scene.js';

const scene = new MachineScene('judge');
const names = ['pulses', 'batch', 'mould-temperature'];
const items = names.map((name) => scene.panel.find((item) => item.name === name)!);
const tags = readPanel(scene, items, 4);
const asked = {
  gateway: 'hall-3',
  source: { name: 'press', place: '10.0.0.9:502', unitId: 1 },
  choices: [] as [string, string][],
  anew: false,
  nowMs: 1,
};

describe('commissioning: the judge behind the page', function () {
  this.timeout(60_000);

  it('says the very same as the inference of the terminal', async () => {
    const judge = new Judge();
    await judge.begin(scene.windows);
    for (const image of scene.images) expect(await judge.image(image)).to.equal(true);
    // Reading by reading, as they come, and then once more over everything.
    for (let taken = 1; taken < 4; taken += 1) {
      await judge.judge({ ...asked, tags: tags.map((tag) => ({ ...tag, readings: tag.readings.slice(0, taken) })) });
    }
    const { acceptance, candidates } = await judge.judge({ ...asked, tags, anew: true });
    const findings = new Inference(scene.windows, scene.images).findings(tags, scene.images);
    expect(acceptance.tags.map(({ verdict, hypothesis }) => [verdict, hypothesis])).to.deep.equal(
      findings.map(({ verdict, best }) => [verdict, best === undefined ? '' : hypothesisText(best)]),
    );
    expect(candidates.map(([first]) => first)).to.deep.equal(acceptance.tags.map(({ hypothesis }) => hypothesis));
    const now = await judge.now();
    const latest = scene.images.at(-1)!;
    const inference = new Inference(scene.windows, scene.images);
    expect(now.map(({ value }) => value)).to.deep.equal(
      findings.map(({ best }) => valueText(inference.valueOf(best!, latest))),
      'what the proposals read at this moment',
    );
  });

  it('takes the reading a person chose, with its own evidence, and says that it was chosen', async () => {
    const judge = new Judge();
    await judge.begin(scene.windows);
    for (const image of scene.images) await judge.image(image);
    const once = tags.map((tag) => ({ ...tag, readings: tag.readings.slice(0, 1) }));
    const { candidates } = await judge.judge({ ...asked, tags: once });
    const place = candidates.findIndex((texts) => texts.length > 1);
    const other = candidates[place]![1]!;
    const { acceptance } = await judge.judge({ ...asked, tags: once, choices: [[names[place]!, other]] });
    const chosen = acceptance.tags[place]!;
    expect([chosen.hypothesis, chosen.byHand]).to.deep.equal([other, true]);
    expect(chosen.evidence[0]!.en).to.contain(chosen.wireAddress);
    expect(acceptance.tags.filter(({ byHand }) => byHand === true).length).to.equal(1);
    const gone = await judge.judge({ ...asked, tags: once, choices: [[names[place]!, 'float32 nowhere']] });
    expect(gone.acceptance.tags[place]!.byHand).to.equal(undefined);
  });

  it('keeps no more than its memory, and says so', async () => {
    const size = scene.windows.reduce((sum, { count }) => sum + count, 0);
    const judge = new Judge({ valuesMax: 3 * size });
    await judge.begin(scene.windows);
    const kept = await Promise.all(scene.images.slice(0, 5).map((image) => judge.image(image)));
    expect(kept).to.deep.equal([true, true, true, false, false]);
    await judge.begin(scene.windows);
    expect(await judge.image(scene.images[0]!)).to.equal(true);
  });
});
