import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { CommandJournal } from '#edge/commands/journal';
import { type CommandEntry, newEntry } from '#edge/commands/journal-entry';
import { FakeClock } from '#test/kit/fake-clock';
import { temporaryFolder } from '../../kit/folders.ts';

const dayMs = 86_400_000;

describe('command journal', () => {
  let place: ReturnType<typeof temporaryFolder>;
  let file: string;
  let clock: FakeClock;
  const journals: CommandJournal[] = [];

  async function opened(entriesMax?: number): Promise<CommandJournal> {
    const size = entriesMax === undefined ? {} : { entriesMax };
    const journal = new CommandJournal({ file, clock, log: silentLogger, ...size });
    await journal.start();
    journals.push(journal);
    return journal;
  }

  function entry(id: string, rest: Partial<CommandEntry> = {}): CommandEntry {
    const command = { id, number: 3, value: 1, requestedAt: 1, expiresAt: 2, expiresInMs: 1, requestedBy: 'li' };
    const made = newEntry({ ...command, approvedBy: null, reason: '配方' }, { source: 'press', tag: 'a' }, clock.now());
    return { ...made, ...rest };
  }

  function done(id: string, told: boolean): CommandEntry {
    const result = { id, outcome: 'written', code: 'written', detail: '', readBack: 1, at: 5 } as const;
    return entry(id, { state: 'done', result, told });
  }

  beforeEach(() => {
    place = temporaryFolder();
    file = join(place.folder, 'commands.journal');
    clock = new FakeClock();
  });

  afterEach(async () => {
    for (const journal of journals.splice(0)) await journal.stop();
    place.remove();
  });

  it('has after a restart what it had, the newest state of each command, and nobody else may read it', async () => {
    const journal = await opened();
    await Promise.all([journal.write(entry('a')), journal.write(entry('b')), journal.write(done('a', false))]);
    const again = await opened();
    expect(again.entries()).to.deep.equal([done('a', false), entry('b')]);
    expect(statSync(file).mode & 0o077).to.equal(0);
  });

  it('loses nothing but the torn end, wherever the power went', async () => {
    const journal = await opened();
    await journal.write(entry('a'));
    await journal.write(done('b', true));
    const whole = readFileSync(file);
    const first = whole.indexOf('\n') + 1;
    for (const bytes of [0, 5, first - 1, first, first + 3, whole.length - 1, whole.length]) {
      writeFileSync(file, whole.subarray(0, bytes));
      const torn = await opened();
      const expected = [...(bytes >= first ? [entry('a')] : []), ...(bytes === whole.length ? [done('b', true)] : [])];
      expect(torn.entries(), `${bytes} bytes`).to.deep.equal(expected);
      await torn.write(entry('c'));
      expect((await opened()).entries()).to.deep.equal([...expected, entry('c')]);
    }
  });

  it('keeps a copy of a damaged file, and what of it is whole', async () => {
    const journal = await opened();
    await journal.write(entry('a'));
    appendFileSync(file, 'no line of ours\n');
    await journal.write(entry('b'));
    expect((await opened()).entries().map(({ id }) => id)).to.deep.equal(['a', 'b']);
    expect(readdirSync(place.folder).filter((name) => name.includes('damaged'))).to.have.lengthOf(1);
    expect((await opened()).entries()).to.have.lengthOf(2);
  });

  it('forgets ids after thirty days, earlier only where it must, and never one whose result is not told', async () => {
    const journal = await opened(3);
    await journal.write(done('untold', false));
    await journal.write(done('old', true));
    clock.advance(29 * dayMs);
    await journal.write(done('young', true));
    expect(journal.hasRoom()).to.equal(true);
    expect(journal.entries().map(({ id }) => id)).to.deep.equal(['untold', 'young']);
    await journal.write(entry('open'));
    clock.advance(2 * dayMs);
    expect(journal.hasRoom()).to.equal(true);
    await journal.write(done('young', false));
    expect(journal.hasRoom()).to.equal(false);
    clock.advance(60 * dayMs);
    expect(journal.hasRoom()).to.equal(false);
    expect(journal.entries().map(({ id }) => id)).to.have.members(['untold', 'young', 'open']);
  });

  it('forgets what was asked for on the gateway itself as if it were told, as nobody is', async () => {
    const journal = await opened(2);
    for (const id of ['local:a', 'local:b']) await journal.write({ ...done(id, false), local: true });
    expect(journal.hasRoom()).to.equal(true);
    expect(journal.entries().map(({ id }) => id)).to.deep.equal(['local:b']);
    await journal.write({ ...entry('local:open'), local: true });
    clock.advance(31 * dayMs);
    expect(journal.hasRoom()).to.equal(true);
    expect(journal.entries().map(({ id }) => id)).to.deep.equal(['local:open']);
  });

  it('never forgets an id that could still be written, whatever the room', async () => {
    const journal = await opened(2);
    const expiresAt = clock.now() + 60_000;
    for (const id of ['a', 'b']) await journal.write({ ...done(id, true), expiresAt });
    expect(journal.hasRoom()).to.equal(false);
    expect(journal.get('a')).to.not.equal(undefined);
    clock.advance(60_001);
    expect(journal.hasRoom()).to.equal(true);
    expect(journal.entries().map(({ id }) => id)).to.deep.equal(['b']);
  });

  it('calls nothing not sent that a damaged line may have been about', async () => {
    const journal = await opened();
    await journal.write(entry('a'));
    await journal.write(entry('a', { state: 'sending' }));
    await journal.write(entry('b'));
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [lines[0], `${lines[1]!.slice(0, -5)}#####`, ...lines.slice(2)].join('\n'));
    expect((await opened()).entries().map(({ id, state }) => [id, state])).to.deep.equal([
      ['a', 'sending'],
      ['b', 'received'],
    ]);
  });

  it('does not grow without end', async () => {
    const journal = await opened();
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(Array.from({ length: 500 }, () => journal.write(done('a', true))));
    }
    await journal.write(done('a', true));
    expect(readFileSync(file, 'utf8').split('\n').length).to.be.lessThan(2_100);
    expect((await opened()).entries()).to.deep.equal([done('a', true)]);
  });

  it('says when the disk refuses, and goes on when it is back', async () => {
    const journal = await opened();
    await journal.write(entry('a'));
    await journal.stop();
    renameSync(place.folder, `${place.folder}-away`);
    const error = await journal.write(entry('b')).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(Problem).with.property('code', 'command-journal-failed');
    journal.drop('b');
    renameSync(`${place.folder}-away`, place.folder);
    await journal.write(entry('c'));
    expect((await opened()).entries()).to.deep.equal([entry('a'), entry('c')]);
    mkdirSync(join(place.folder, 'folder'));
    file = join(place.folder, 'folder');
    const refused = await opened().catch((cause: unknown) => cause);
    expect(refused).to.be.instanceOf(Problem).with.property('code', 'command-journal-unreadable');
  });
});
