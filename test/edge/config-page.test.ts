import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';

const page = readFileSync(new URL('../../../deploy/docs/edge-config.md', import.meta.url), 'utf8');

describe('deploy/docs/edge-config.md', () => {
  it('shows a configuration the program accepts', () => {
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
    expect(blocks).to.have.length(1);
    const config = readEdgeConfig('edge.yaml', blocks[0]!, {});
    expect(config.sources.map(({ driver, tags }) => [driver, tags.length])).to.deep.equal([
      ['modbus', 7],
      ['opcua', 2],
      ['derived', 2],
    ]);
  });

  it('states the defaults the program has', () => {
    const { buffer, status, log } = readEdgeConfig('a', 'gateway: { name: a }\nbuffer: { path: b }\nsources: []', {});
    expect(page).to.contain('`buffer.maxBytes` | `2GiB`').and.contain('`buffer.commitInterval` | `50ms`');
    expect(buffer).to.include({ maxBytes: 2 * 2 ** 30, commitInterval: 50 });
    expect(page).to.contain(`\`${status.host}\`, \`${status.port}\``).and.contain(`\`log.level\` | \`${log.level}\``);
  });
});
