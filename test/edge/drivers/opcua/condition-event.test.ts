import { conditionReportSchema } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import fc from 'fast-check';
import { coerceNodeId, DataType, LocalizedText, Variant, VariantArrayType } from 'node-opcua-client';
import { SourceConditions } from '#edge/collector/source-conditions';
import { type EventField, eventFields, readConditionEvent } from '#edge/drivers/opcua/condition-event';
import { FakeClock } from '#test/kit/fake-clock';

const now = Date.parse('2026-11-27T12:00:00Z');
const namespaces = ['http://opcfoundation.org/UA/', 'urn:own', 'http://press.test/a;b%'];
const nodeId = (text: string) => new Variant({ dataType: DataType.NodeId, value: coerceNodeId(text) });
const text = (value: string) =>
  new Variant({ dataType: DataType.LocalizedText, value: new LocalizedText({ text: value }) });
const date = (value: Date) => new Variant({ dataType: DataType.DateTime, value });
const number = (value: number) => new Variant({ dataType: DataType.UInt16, value });

function read(fields: Partial<Record<EventField, Variant | null>>) {
  const event = readConditionEvent(
    eventFields.map((field) => fields[field] ?? null),
    namespaces,
    now,
  );
  return event?.kind === 'condition' ? event.state : event;
}

const known = { ConditionId: nodeId('ns=2;s=Press.Overheat'), EventType: nodeId('i=2915') };

describe('an event of an OPC UA condition', () => {
  it('is known by the URI of its namespace and the name of its type', () => {
    expect(read(known)).to.include({
      condition: 'nsu=http://press.test/a%3Bb%25;s=Press.Overheat',
      branch: '',
      type: 'AlarmConditionType',
    });
    expect(read({ ...known, BranchId: nodeId('ns=1;i=7'), EventType: nodeId('ns=2;i=4') })).to.include({
      branch: 'ns=1;i=7',
      type: 'nsu=http://press.test/a%3Bb%25;i=4',
    });
  });

  it('takes a field that is missing or of another type as not told, and the alarm as still there', () => {
    const nothing = { message: '', severity: null, active: null, acknowledged: null, retain: true, time: now };
    expect(read(known)).to.include({ ...nothing, activeSince: null });
    expect(
      read({
        ...known,
        Message: number(5),
        Severity: text('700'),
        Retain: number(0),
        Time: date(new Date(-11644473600000)),
        'ActiveState.Id': text('true'),
        'ActiveState.TransitionTime': date(new Date(8.64e15)),
      }),
    ).to.include({ ...nothing, activeSince: null });
  });

  it('keeps a severity as it is told, beyond the standard too', () => {
    expect([0, 1, 1000, 2000, 65535].map((each) => read({ ...known, Severity: number(each) }) as object)).to.deep.equal(
      [0, 1, 1000, 2000, 65535].map((severity) => ({ ...(read(known) as object), severity })),
    );
  });

  it('is none where nobody says of which condition, and tells of the watching', () => {
    expect(read({ EventType: nodeId('i=2041') })).to.equal(undefined);
    expect(readConditionEvent(null, namespaces, now)).to.equal(undefined);
    const kinds = ['i=2787', 'i=2788', 'i=2789', 'i=3035'].map((type) => read({ EventType: nodeId(type) }));
    expect(kinds.map((event) => (event as { kind: string }).kind)).to.deep.equal([
      'refresh-begins',
      'refresh-ends',
      'refresh-wanted',
      'overflow',
    ]);
  });

  it('becomes a report that can travel, whatever its fields hold', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3_000 }).map((value) => new Variant({ dataType: DataType.String, value })),
      fc.string({ unit: 'binary' }).map(text),
      fc.constantFrom('a', '\ud800', '\ud83d\ude00').map((unit) => text(unit.repeat(1_000_000))),
      fc.nat(65_535).map(number),
      fc.double().map((value) => new Variant({ dataType: DataType.Double, value })),
      fc.boolean().map((value) => new Variant({ dataType: DataType.Boolean, value })),
      fc.date({ noInvalidDate: false }).map(date),
      fc.constantFrom('i=0', 'i=2915', 'ns=2;s=x', `ns=2;s=${'y'.repeat(4_000)}`, 'ns=9;i=4').map(nodeId),
      fc.constant(new Variant({ dataType: DataType.Null })),
      fc.constant(new Variant({ dataType: DataType.Int32, arrayType: VariantArrayType.Array, value: [1, 2] })),
      fc.constant(null),
    );
    const clock = new FakeClock();
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: eventFields.length + 2 }), nodeIdsOf(), (fields, condition) => {
        const given = [...fields];
        given[eventFields.indexOf('ConditionId')] = condition;
        const event = readConditionEvent(given, namespaces, now);
        if (event?.kind !== 'condition') return;
        const reports: unknown[] = [];
        const writer = new SourceConditions({ source: 's', clock, add: (report) => reports.push(report) });
        writer.condition({ ...event.state, refresh: 1 });
        const parsed = conditionReportSchema.safeParse(JSON.parse(JSON.stringify(reports[0])));
        expect(parsed.error?.issues ?? []).to.deep.equal([]);
      }),
      { numRuns: 200 },
    );
  });

  it('has an id of its own however long the ids of others are', () => {
    const ids = ['a', 'b'].map((end) => {
      const reports: { condition: string }[] = [];
      const add = (report: object) => void reports.push(report as { condition: string });
      const writer = new SourceConditions({ source: 's', clock: new FakeClock(), add });
      const state = read({ ...known, ConditionId: nodeId(`ns=2;s=${'x'.repeat(4_000)}${end}`) });
      writer.condition({ ...(state as Parameters<SourceConditions['condition']>[0]), refresh: 1 });
      return reports[0]!.condition;
    });
    expect(ids[0]).to.not.equal(ids[1]);
    expect(ids.map(({ length }) => length <= 500)).to.deep.equal([true, true]);
  });
});

function nodeIdsOf() {
  return fc.constantFrom('ns=2;s=Press.Overheat', 'i=7', `ns=2;s=${'z'.repeat(4_000)}`).map(nodeId);
}
