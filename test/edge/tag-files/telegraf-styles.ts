import fc from 'fast-check';

const wholeTypes = ['INT8L', 'INT8H', 'UINT8L', 'UINT8H', 'INT16', 'UINT16', 'INT32', 'UINT32', 'INT64', 'UINT64'];
const anyScale = fc.option(fc.constantFrom(0.1, 0.25, 2, 1000, -1), { nil: undefined });
const address = fc.integer({ min: 0, max: 900 });
/** From here on registers hold letters. */
export const lettersFrom = 1000;

/** What a metric or a request may hold, as TOML without the name. */
const valueField = fc.oneof(
  fc
    .tuple(address, fc.constantFrom(...wholeTypes, 'FLOAT16', 'FLOAT32', 'FLOAT64'), anyScale)
    .map(
      ([at, type, scale]) => `address=${at}, type="${type}"${scale === undefined ? '' : `, scale=${scale.toFixed(2)}`}`,
    ),
  fc.tuple(address, fc.nat({ max: 15 })).map(([at, bit]) => `address=${at}, type="BIT", bit=${bit}`),
  fc.nat({ max: 9 }).map((length) => `address=${lettersFrom + length}, type="STRING", length=${length + 1}`),
);
const order = fc.constantFrom('ABCD', 'DCBA', 'BADC', 'CDAB', 'MSW-BE', 'MSW-LE', 'LSW-LE', 'LSW-BE');
const unit = fc.integer({ min: 1, max: 4 });
/** Telegraf itself knows no half of a register in the mixed orders. */
const readIn = (byteOrder: string, fields: readonly string[]) =>
  /^(BADC|CDAB|MSW-LE|LSW-BE)$/.test(byteOrder) ? fields.map((field) => field.replace(/INT8[LH]/, 'INT16')) : fields;
const named = (fields: readonly string[], group: number) =>
  fields.map((field, place) => `{ name="f${group}-${place}", ${field} },`).join('\n      ');

const metricStyle = fc
  .array(
    fc.record({
      unit,
      order,
      measurement: fc.boolean(),
      fields: fc.array(
        fc.oneof(
          fc.tuple(fc.constantFrom('', 'register="input", '), valueField).map(([register, field]) => register + field),
          fc
            .tuple(fc.constantFrom('coil', 'discrete'), address)
            .map(([area, at]) => `register="${area}", address=${at}`),
        ),
        { minLength: 1, maxLength: 12 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((metrics) =>
    metrics
      .map(
        (metric, place) => `  [[inputs.modbus.metric]]
    slave_id = ${metric.unit}
    byte_order = "${metric.order}"
    ${metric.measurement ? `measurement = "m${place}"` : ''}
    fields = [
      ${named(readIn(metric.order, metric.fields), place)}
    ]
`,
      )
      .join(''),
  );

const requestStyle = fc
  .array(
    fc.record({
      unit,
      order,
      register: fc.constantFrom('holding', 'input'),
      fields: fc.array(valueField, { minLength: 1, maxLength: 12 }),
      bits: fc.array(address, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((requests) =>
    requests
      .map(
        (request, place) => `  [[inputs.modbus.request]]
    slave_id = ${request.unit}
    byte_order = "${request.order}"
    register = "${request.register}"
    fields = [
      ${named(readIn(request.order, request.fields), place)}
      { address=77, type="UINT16", omit=true },
    ]
  [[inputs.modbus.request]]
    slave_id = ${request.unit}
    register = "coil"
    fields = [
      ${named(
        request.bits.map((at) => `address=${at}, output="BOOL"`),
        place,
      )}
    ]
`,
      )
      .join(''),
  );

const widths: readonly (readonly [number, readonly string[], readonly string[]])[] = [
  [1, ['INT8L', 'INT8H', 'UINT8L', 'UINT8H', 'INT16', 'UINT16', 'FLOAT16-IEEE'], ['AB', 'BA']],
  [2, ['INT32', 'UINT32', 'FLOAT32-IEEE', 'FLOAT32'], ['ABCD', 'DCBA', 'BADC', 'CDAB']],
  [4, ['INT64', 'UINT64', 'FLOAT64-IEEE'], ['ABCDEFGH', 'HGFEDCBA', 'BADCFEHG', 'GHEFCDAB']],
];
const addressList = (at: number, count: number) => `[${Array.from({ length: count }, (_, i) => at + i).join(', ')}]`;
const registerField = fc.constantFrom(...widths).chain(([count, types, orders]) =>
  fc
    .tuple(address, fc.constantFrom(...orders), fc.constantFrom(...types, 'FIXED', 'UFIXED'), fc.constantFrom(0.1, 0.5))
    .map(([at, byteOrder, type, scale]) => {
      const own = type.endsWith('FIXED') || type === 'FLOAT32' ? scale : 1.0;
      return `byte_order="${byteOrder}", data_type="${type}", scale=${own.toFixed(2)}, address=${addressList(at, count)}`;
    }),
);
const registerStyle = fc
  .record({
    holding: fc.array(registerField, { minLength: 1, maxLength: 15 }),
    input: fc.array(registerField, { minLength: 1, maxLength: 15 }),
    bit: fc.nat({ max: 15 }),
    coils: fc.array(address, { minLength: 1, maxLength: 5 }),
  })
  .map(
    ({ holding, input, bit, coils }) => `  holding_registers = [
      ${named([...holding, `byte_order="BA", data_type="BIT", bit=${bit}, address=[5]`], 0)}
    ]
  input_registers = [
      ${named([...input, `byte_order="AB", data_type="STRING", address=${addressList(lettersFrom, 5)}`], 1)}
    ]
  coils = [
      ${named(
        coils.map((at) => `address=[${at}]`),
        2,
      )}
    ]
  discrete_inputs = [{ name="d", address=[9], data_type="BOOL" }]
`,
  );

/** Random sections below `[[inputs.modbus]]` that Telegraf takes, of each of its three styles. */
export const telegrafStyles = { metric: metricStyle, request: requestStyle, register: registerStyle };
