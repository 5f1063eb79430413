import protobuf from 'protobufjs';

/** Numbers of the fields on the wire, by the Sparkplug B 3.0 specification. What we never read (data sets, templates) is skipped. */
const root = protobuf.Root.fromJSON({
  nested: {
    Payload: {
      fields: {
        time: { id: 1, type: 'uint64', options: { proto3_optional: true } },
        metrics: { id: 2, rule: 'repeated', type: 'Metric' },
        sequence: { id: 3, type: 'uint64', options: { proto3_optional: true } },
      },
    },
    Metric: {
      oneofs: {
        value: {
          oneof: ['intValue', 'longValue', 'floatValue', 'doubleValue', 'booleanValue', 'stringValue', 'bytesValue'],
        },
      },
      fields: {
        name: { id: 1, type: 'string', options: { proto3_optional: true } },
        alias: { id: 2, type: 'uint64', options: { proto3_optional: true } },
        time: { id: 3, type: 'uint64', options: { proto3_optional: true } },
        datatype: { id: 4, type: 'uint32', options: { proto3_optional: true } },
        isHistorical: { id: 5, type: 'bool', options: { proto3_optional: true } },
        isTransient: { id: 6, type: 'bool', options: { proto3_optional: true } },
        isNull: { id: 7, type: 'bool', options: { proto3_optional: true } },
        properties: { id: 9, type: 'PropertySet' },
        intValue: { id: 10, type: 'uint32' },
        longValue: { id: 11, type: 'uint64' },
        floatValue: { id: 12, type: 'float' },
        doubleValue: { id: 13, type: 'double' },
        booleanValue: { id: 14, type: 'bool' },
        stringValue: { id: 15, type: 'string' },
        bytesValue: { id: 16, type: 'bytes' },
      },
    },
    PropertySet: {
      fields: {
        keys: { id: 1, rule: 'repeated', type: 'string' },
        values: { id: 2, rule: 'repeated', type: 'Property' },
      },
    },
    Property: {
      oneofs: { value: { oneof: ['intValue', 'longValue', 'stringValue'] } },
      fields: {
        type: { id: 1, type: 'uint32', options: { proto3_optional: true } },
        isNull: { id: 2, type: 'bool', options: { proto3_optional: true } },
        intValue: { id: 3, type: 'uint32' },
        longValue: { id: 4, type: 'uint64' },
        stringValue: { id: 8, type: 'string' },
      },
    },
  },
});

export const PayloadType = root.lookupType('Payload');

/** As protobufjs gives it: 64-bit numbers as decimal text, so that none loses a digit. */
export interface WirePayload {
  readonly time?: string;
  readonly sequence?: string;
  readonly metrics: readonly WireMetric[];
}

export interface WireMetric {
  readonly name?: string;
  readonly alias?: string;
  readonly time?: string;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isTransient?: boolean;
  readonly isNull?: boolean;
  readonly properties?: { readonly keys: readonly string[]; readonly values: readonly WireProperty[] };
  readonly intValue?: number;
  readonly longValue?: string;
  readonly floatValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
  readonly stringValue?: string;
  readonly bytesValue?: Uint8Array;
}

interface WireProperty {
  readonly isNull?: boolean;
  readonly intValue?: number;
  readonly longValue?: string;
  readonly stringValue?: string;
}
