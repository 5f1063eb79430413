import { expect } from 'chai';
import { pino } from 'pino';
import { LogMemory } from '#edge/health/log-memory';

describe('log memory', () => {
  it('keeps the newest 500 lines, by level', () => {
    const memory = new LogMemory();
    const log = pino({ level: 'debug', base: {} }, memory);
    for (let count = 0; count < 600; count += 1) log[count % 2 === 0 ? 'info' : 'warn']({ count }, `line ${count}`);
    log.error({ reason: 'x'.repeat(10_000) }, 'last');
    log.debug('least');
    expect(memory.newest('debug')).to.have.length(500);
    expect(memory.newest('error').map(({ level, message }) => [level, message])).to.deep.equal([['error', 'last']]);
    expect(memory.newest('error')[0]!.fields.reason).to.have.length.below(5_000);
    expect(memory.newest('warn')[1]).to.include({ level: 'warn', message: 'line 599' });
    expect(memory.newest('warn')[1]!.fields).to.deep.equal({ count: '599' });
    memory.write('no JSON');
    expect(memory.newest('debug')).to.have.length(500);
  });

  it('shows no secret, wherever it stands', () => {
    const memory = new LogMemory();
    const secrets = ['pa"ss\\wörd', 'QS90-K0PM'];
    memory.hide(secrets);
    const log = pino({ base: {} }, memory);
    for (const secret of secrets) {
      log.info(
        { url: `opc.tcp://user:other@host/${encodeURIComponent(secret)}`, nested: { deep: [secret] } },
        `got ${secret}`,
      );
      log.child({ code: secret }).info('child');
    }
    log.info({ password: 'hunter2', authToken: 'hunter2' }, 'http://a:hunter2@b/');
    const shown = JSON.stringify(memory.newest('debug'));
    expect(shown).to.contain('got •••').and.contain('"code":"•••"').and.contain('//user:•••@host');
    for (const secret of [...secrets, 'ss\\\\w', 'hunter2', 'other', 'K0PM']) expect(shown).not.to.contain(secret);
  });
});
