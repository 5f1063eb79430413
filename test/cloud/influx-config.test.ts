import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { loadCloudConfig } from '#cloud/config';

const all = {
  INFLUX_URL: 'http://influx:8086',
  INFLUX_TOKEN: 'a secret',
  INFLUX_ORG: 'plant',
  INFLUX_BUCKET: 'gongfu',
};
const named = { url: all.INFLUX_URL, token: all.INFLUX_TOKEN, org: all.INFLUX_ORG, bucket: all.INFLUX_BUCKET };
const influxOf = (env: Record<string, string>, text = '') =>
  loadCloudConfig({ file: 'cloud.yaml', text, env }).history.influx;

function problemOf(env: Record<string, string>): Problem {
  try {
    influxOf(env);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('a problem was expected');
}

describe('configuration of InfluxDB', () => {
  it('is the environment, else the file, else the embedded history', () => {
    const text = 'history: { influx: { url: "https://a:1", token: "${TOKEN}", org: b, bucket: c } }';
    expect(influxOf({ ...all, TOKEN: 'x' }, text)).to.deep.equal(named);
    expect(influxOf({ TOKEN: 'x' }, text)).to.deep.equal({ url: 'https://a:1', token: 'x', org: 'b', bucket: 'c' });
    expect(influxOf({ INFLUX_URL: '', INFLUX_TOKEN: 'left over' })).to.equal(undefined);
  });

  it('is whole or a fault: a server named by half never ends as an embedded history', () => {
    for (const name of ['INFLUX_TOKEN', 'INFLUX_ORG', 'INFLUX_BUCKET'] as const) {
      const problem = problemOf({ ...all, [name]: '' });
      expect(problem.code).to.equal('config-invalid');
      expect(problem.places.map(({ where }) => where)).to.deep.equal([`environment ${name}`]);
    }
    const wrong = problemOf({ ...all, INFLUX_URL: 'influx:8086' });
    expect(wrong.message).to.include('INFLUX_URL').and.not.to.include(all.INFLUX_TOKEN);
  });
});
