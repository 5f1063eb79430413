/** Names of the built-in types at the place of their number on the wire (OPC UA Part 6, 5.1.2). */
export const typeNames =
  'Null Boolean SByte Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double String DateTime Guid ByteString XmlElement NodeId ExpandedNodeId StatusCode QualifiedName LocalizedText structure DataValue Variant DiagnosticInfo'.split(
    ' ',
  );

/** Those that are read in a way of their own, so that reading a value needs no client library. */
export const builtIn = {
  boolean: 1,
  sbyte: 2,
  byte: 3,
  int16: 4,
  uint16: 5,
  int32: 6,
  uint32: 7,
  int64: 8,
  uint64: 9,
  float: 10,
  double: 11,
  string: 12,
  dateTime: 13,
  guid: 14,
  byteString: 15,
  xml: 16,
  statusCode: 19,
  localizedText: 21,
  structure: 22,
} as const;
