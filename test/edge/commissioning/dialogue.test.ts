import { expect } from 'chai';
import { SimulatedNewcomer } from '#deploy/demo/simulated-newcomer';

const seed = process.env.GONGFU_SEED ?? String(Date.now());

describe('commissioning: the dialogue with a newcomer', function () {
  this.timeout(180_000);

  it(`ends with every value settled as the machine has it, on one nobody has seen (GONGFU_SEED=${seed})`, async () => {
    const run = await new SimulatedNewcomer({ seed: `${seed} panel`, keyMs: 120, lookMs: 900 }).run();
    const { tags, right, wrong, open } = run;
    expect({ tags, right, wrong, open }, JSON.stringify(run)).to.deep.equal({
      tags: 20,
      right: 20,
      wrong: [],
      open: [],
    });
  });
});
