import protobuf from 'protobufjs';

/**
 * Numbers of the fields on the wire, by the Sparkplug B 3.0 specification. What we never read (data sets, templates) is
 * skipped. Proto2, because zero and absent are not the same: the first message after a birth has the number 0. Texts and
 * property sets are bytes here, which is the same on the wire: what is wrong with one of them is wrong with its metric alone.
 */
const root = protobuf.parse(`
  syntax = "proto2";
  message Payload {
    optional uint64 time = 1;
    repeated Metric metrics = 2;
    optional uint64 sequence = 3;
  }
  message Metric {
    optional bytes name = 1;
    optional uint64 alias = 2;
    optional uint64 time = 3;
    optional uint32 datatype = 4;
    optional bool is_historical = 5;
    optional bool is_transient = 6;
    optional bool is_null = 7;
    optional bytes properties = 9;
    oneof value {
      uint32 int_value = 10;
      uint64 long_value = 11;
      float float_value = 12;
      double double_value = 13;
      bool boolean_value = 14;
      bytes string_value = 15;
      bytes bytes_value = 16;
    }
  }
  message PropertySet {
    repeated string keys = 1;
    repeated Property values = 2;
  }
  message Property {
    optional uint32 type = 1;
    optional bool is_null = 2;
    oneof value {
      uint32 int_value = 3;
      uint64 long_value = 4;
      string string_value = 8;
    }
  }
`).root;

export const PayloadType = root.lookupType('Payload');
export const PropertySetType = root.lookupType('PropertySet');

/** A 64-bit number in its halves, as protobufjs gives it; its own texts and objects cost more than all the rest of reading. */
export interface Wide {
  readonly low: number;
  readonly high: number;
}

/** As protobufjs decodes it. Only what is its own was sent: a prototype gives all others a zero. */
export interface WirePayload {
  readonly time?: Wide;
  readonly sequence?: Wide;
  readonly metrics: readonly WireMetric[];
}

export interface WireMetric {
  readonly name?: Uint8Array;
  readonly alias?: Wide;
  readonly time?: Wide;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isTransient?: boolean;
  readonly isNull?: boolean;
  readonly properties?: Uint8Array;
  readonly intValue?: number;
  readonly longValue?: Wide;
  readonly floatValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
  readonly stringValue?: Uint8Array;
  readonly bytesValue?: Uint8Array;
}

/** 64-bit numbers as decimal text. */
export interface WirePropertySet {
  readonly keys: readonly string[];
  readonly values: readonly WireProperty[];
}

interface WireProperty {
  readonly isNull?: boolean;
  readonly intValue?: number;
  readonly longValue?: string;
  readonly stringValue?: string;
}
