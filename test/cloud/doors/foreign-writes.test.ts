import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { ForeignWrites, type Slice } from '#cloud/doors/foreign-writes';
import type { ForeignRow, RowDoor } from '#cloud/doors/row-door';

const origin = { tenantId: 't', name: 'key:a', maxSilentMs: 1_000 };
const row = { source: 's', name: 'n', type: 'float64', unit: '', sourceTime: 1, status: 0, value: 1 } as const;

async function* slices(...counts: readonly number[]): AsyncGenerator<Slice> {
  for (const count of counts) {
    yield { rows: new Array<ForeignRow>(count).fill(row), places: new Array<string>(count).fill('x'), rejected: [] };
  }
}

async function problemOf(work: Promise<void>): Promise<Problem> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Problem) return error;
  throw new Error(`no problem: ${error}`);
}

const generous = { requestsPerMinute: 1_000, rowsPerMinute: 1_000_000, requestsAtOnce: 8 };

const open: RowDoor = { write: async (_origin, rows) => rows.map(() => undefined) };

describe('doors: requests of others', () => {
  it('counts rows and requests of each credential by itself, and says when to come again', async () => {
    const writes = new ForeignWrites({ door: open, limits: { ...generous, rowsPerMinute: 100, requestsPerMinute: 4 } });
    await writes.write(origin, slices(60, 60));
    const rows = await problemOf(writes.write(origin, slices(1)));
    expect([rows.code, rows.status]).to.deep.equal(['rows-too-many', 429]);
    expect(rows.retryAfterMs).to.be.within(1, 60_000);
    const other = { ...origin, name: 'key:b' };
    for (let request = 0; request < 4; request += 1) await writes.write(other, slices(1));
    expect((await problemOf(writes.write(other, slices(1)))).code).to.equal('rows-too-many');
    await writes.write({ ...other, tenantId: 'u' }, slices(1));
  });

  it('answers so many requests of one credential at once, and forgets those that failed', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: RowDoor = { write: (_origin, rows) => held.then(() => rows.map(() => undefined)) };
    const writes = new ForeignWrites({ door: slow, limits: { ...generous, requestsAtOnce: 2 } });
    const first = [writes.write(origin, slices(1)), writes.write(origin, slices(1))];
    expect((await problemOf(writes.write(origin, slices(1)))).status).to.equal(429);
    release();
    await Promise.all(first);
    const broken = async function* (): AsyncGenerator<Slice> {
      yield* slices(1);
      throw new Error('cut');
    };
    for (let time = 0; time < 3; time += 1) await writes.write(origin, broken()).catch(() => undefined);
    await writes.write(origin, slices(1));
  });

  it('says how much of a request is stored when the rest cannot be', async () => {
    let slice = 0;
    const busy = { code: 'ingest-busy', detail: 'busy', advice: 'wait', reaction: 'retry', status: 503 } as const;
    const full: RowDoor = {
      write: async (_origin, rows) => {
        slice += 1;
        if (slice === 2) throw new Problem({ ...busy, retryAfterMs: 700 });
        return rows.map(() => undefined);
      },
    };
    const problem = await problemOf(
      new ForeignWrites({ door: full, limits: generous }).write(origin, slices(10, 10, 10)),
    );
    expect(problem).to.include({ code: 'ingest-busy', status: 503, retryAfterMs: 700 });
    expect(problem.message).to.equal('busy; 10 rows before that are stored');
    expect(slice).to.equal(2);
  });

  it('tells no more of a name that is as long as a line than a person reads', async () => {
    const name = 'n'.repeat(1_000_000);
    const one = async function* (): AsyncGenerator<Slice> {
      yield { rows: [], places: [], rejected: [{ where: `line 1 field ${name}`, what: `line-unreadable: ${name}` }] };
    };
    const { places, message } = await problemOf(
      new ForeignWrites({ door: open, limits: generous }).write(origin, one()),
    );
    expect(places[0]!.where).to.match(/^line 1 field n{187}$/);
    expect(message.length).to.be.lessThan(600);
  });

  it('names a thousand rejected rows and counts the others', async () => {
    const fault = { code: 'row-type-differs', reason: 'so' } as const;
    const picky: RowDoor = {
      write: async (_origin, rows) => rows.map((_, place) => (place === 0 ? undefined : fault)),
    };
    const problem = await problemOf(new ForeignWrites({ door: picky, limits: generous }).write(origin, slices(1_500)));
    expect(problem.places).to.have.length(1_000);
    expect(problem.message).to.match(/^partial write: 1 stored, 1499 rejected: .*; and 1496 more$/);
  });
});
