import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { loadCloudConfig } from '#cloud/config';

const whole = {
  issuer: 'https://id.example',
  clientId: 'gongfu',
  publicUrl: 'https://gongfu.example/',
  label: '{ zh: 企业账号, en: company }',
  roles: '{ admins: tenant-admin }',
};

function load(change: Record<string, string | undefined> = {}) {
  const lines = Object.entries({ ...whole, ...change })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `    ${key}: ${value}`);
  const text = ['signIn:', '  oidc:', ...lines].join('\n');
  return loadCloudConfig({ file: 'cloud.yaml', text, env: {} }).signIn.oidc;
}

function faults(change: Record<string, string | undefined>): string {
  try {
    load(change);
  } catch (error) {
    if (error instanceof Problem) return error.places.map(({ where, what }) => `${where} ${what}`).join('\n');
  }
  return '';
}

describe('configuration of an identity provider', () => {
  it('is taken with what has no default', () => {
    const oidc = load();
    expect(oidc).to.deep.include({ publicUrl: 'https://gongfu.example', scope: 'openid profile', roleClaim: 'roles' });
    expect(load({ issuer: 'http://127.0.0.1:9000' })?.issuer).to.equal('http://127.0.0.1:9000');
  });

  it('names what is missing, unsafe or would let nobody in', () => {
    expect(faults({ clientId: undefined })).to.match(/cloud\.yaml:\d+:\d+ .*clientId/);
    expect(faults({ issuer: 'http://id.example' })).to.include('must be an https:// address');
    expect(faults({ roles: '{ admins: king }' })).to.include('king');
    expect(faults({ roles: undefined })).to.include('nobody could sign in');
    expect(faults({ scope: 'profile' })).to.include('must contain openid');
    expect(faults({ clientSecret: 'a', clientSecretFile: 'b' })).to.include('not both');
  });
});
