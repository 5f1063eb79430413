import { Problem } from '@gongfu/shared/base/problem';
import { withSecretFiles } from '@gongfu/shared/config/secret-files';
import { expect } from 'chai';

describe('secrets by file', () => {
  const files: Readonly<Record<string, string>> = { '/run/secrets/token': 'a b\n', '/run/secrets/bare': 'x\n\n' };
  let asked: string[] = [];
  const read = (file: string): string => {
    asked.push(file);
    const text = files[file];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  beforeEach(() => {
    asked = [];
  });

  it('stand for their variable, without the line break of the editor', () => {
    const env = withSecretFiles({ TOKEN_FILE: '/run/secrets/token', BARE_FILE: '/run/secrets/bare', PORT: '1' }, read);
    expect([env.TOKEN, env.BARE, env.PORT, env.OTHER]).to.deep.equal(['a b', 'x\n', '1', undefined]);
  });

  it('are read only when somebody asks, and are in no copy of the environment', () => {
    const env = withSecretFiles({ SSL_CERT_FILE: '/etc/ssl/x', TOKEN_FILE: '/run/secrets/token', _FILE: 'x' }, read);
    expect({ ...env }).to.have.all.keys('SSL_CERT_FILE', 'TOKEN_FILE', '_FILE');
    expect(asked).to.deep.equal([]);
  });

  it('that cannot be read, or stand beside the variable itself, are named with what to do', () => {
    const env = withSecretFiles(
      { A_FILE: '/nowhere', B_FILE: '/run/secrets/token', B: 'secret', C_FILE: '', C: 'c' },
      read,
    );
    const problem = (name: string): Problem => {
      try {
        return expect.fail(`${name} is ${env[name]}`) as never;
      } catch (error) {
        if (error instanceof Problem) return error;
        throw error;
      }
    };
    expect(problem('A').code).to.equal('config-unreadable');
    expect(problem('A').message).to.contain('A_FILE names /nowhere');
    expect(problem('B').code).to.equal('config-invalid');
    expect(problem('B').message).to.not.contain('secret');
    expect(env.C).to.equal('c');
  });
});
