import {
  type Command,
  type CommandCode,
  type CommandOutcome,
  type CommandReceipt,
  type CommandResult,
  type CommandValue,
  commandOutcomes,
  commandResultSchema,
  commandSchema,
  outcomeOfCode,
  type WritableTag,
  writableSchema,
} from '@gongfu/shared/wire/command';
import { type Hello, helloSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';

const command: Command = {
  id: '976dac5bce6b0f59e00304d1',
  number: 7,
  value: 21.5,
  requestedAt: 1_764_000_000_000,
  expiresAt: 1_764_000_030_000,
  expiresInMs: 29_990,
  requestedBy: 'li.wei',
  approvedBy: null,
  reason: 'recipe change',
};
const result: CommandResult = {
  id: command.id,
  outcome: 'written',
  code: 'written',
  detail: '',
  readBack: 21.5,
  at: 1_764_000_000_100,
};

/** As it arrives on the other side. */
const sent = (payload: object): unknown => JSON.parse(JSON.stringify(payload));

describe('commands on the wire', () => {
  it('come through as they were, with every kind of value', () => {
    const values: CommandValue[] = [0, -1.5, true, '9223372036854775807', 'Rezept 配方'];
    for (const value of values) {
      expect(commandSchema.parse(sent({ ...command, value }))).to.deep.equal({ ...command, value });
      expect(commandResultSchema.parse(sent({ ...result, readBack: value }))).to.deep.equal({
        ...result,
        readBack: value,
      });
    }
    const receipts: CommandReceipt[] = [
      { received: true },
      { received: false, code: 'journal-failed', detail: 'full' },
    ];
    expect(sent(receipts)).to.deep.equal(receipts);
  });

  it('are refused without a name, with a number that is none, or with a tag that cannot be', () => {
    const bad: object[] = [
      { id: '' },
      { id: 'a b' },
      { id: 'x'.repeat(101) },
      { value: Number.NaN },
      { value: null },
      { value: { $gt: 0 } },
      { number: -1 },
      { number: 2 ** 32 },
      { expiresAt: 'soon' },
      { expiresInMs: Number.POSITIVE_INFINITY },
      { requestedBy: '' },
    ];
    for (const change of bad) {
      expect(commandSchema.safeParse(sent({ ...command, ...change })).success, JSON.stringify(change)).to.equal(false);
    }
  });

  it('take a code that is not known yet, but no outcome', () => {
    expect(commandResultSchema.safeParse({ ...result, code: 'of-the-future' }).success).to.equal(true);
    expect(commandResultSchema.safeParse({ ...result, outcome: 'maybe' }).success).to.equal(false);
    const outcomes: CommandOutcome[] = (Object.keys(outcomeOfCode) as CommandCode[]).map((code) => outcomeOfCode[code]);
    expect(new Set(outcomes)).to.deep.equal(new Set(commandOutcomes));
  });

  it('are offered in hello; an agent that does not know of them is understood as before', () => {
    const hello: Hello = { protocol: 1, epoch: 1, agentVersion: '0.1.0', tags: [] };
    expect(helloSchema.parse(sent(hello))).to.deep.equal(hello);
    const writable: WritableTag[] = [
      { number: 7, minimum: 0, maximum: 90 },
      { number: 8, minimum: null, maximum: null },
    ];
    expect(helloSchema.parse(sent({ ...hello, writable }))).to.deep.equal({ ...hello, writable });
    expect(writableSchema.safeParse([{ number: 7 }]).success).to.equal(false);
  });
});
