import { expect } from 'chai';
import { readApart } from '#edge/configuration/configuration-reading';

describe('a configuration read by another process', () => {
  it('is given up when that process hangs, so that the agent can go on and be stopped', async () => {
    const error = await readApart([process.execPath, '-e', 'setInterval(() => {}, 1000)'], 200).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).to.equal('the configuration could not be read within 0.2 s');
  });
});
