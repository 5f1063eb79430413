/** Modbus data areas with the function code that reads them. */
export const areas = {
  coil: { readFunction: 1, bits: true, readOnly: false },
  discrete: { readFunction: 2, bits: true, readOnly: true },
  holding: { readFunction: 3, bits: false, readOnly: false },
  input: { readFunction: 4, bits: false, readOnly: true },
} as const;
export type Area = keyof typeof areas;

/** Where a value begins on the wire: `register` is zero-based, as in the request. */
export interface ModbusAddress {
  readonly area: Area;
  readonly register: number;
}

/** What an address as people write it may say beside the register. */
export interface WrittenAddress extends ModbusAddress {
  /** Bit of the register, 0 = least significant. */
  readonly bit?: number;
  readonly unitId?: number;
}

const areaOfDigit = { '0': 'coil', '1': 'discrete', '3': 'input', '4': 'holding' } as const;
const areaOfLetters = { HR: 'holding', IR: 'input', C: 'coil', DI: 'discrete' } as const;
const forms =
  'write holding:0, input:0, coil:0 or discrete:0 (zero-based), or a one-based alias as 40001, 400001, 4x1, HR1; a bit follows as .3, a unit id precedes as 1!';

/** The canonical text: `holding:0`. */
export function formatAddress(address: ModbusAddress): string {
  return `${address.area}:${address.register}`;
}

/** The address, or one sentence that says what is wrong with the text. */
export function parseAddress(text: string): WrittenAddress | string {
  const parts = /^(?:(\d{1,3})!)?([^!.]*)(?:\.(\d{1,2}))?$/.exec(text);
  const place = parts === null ? undefined : parsePlace(parts[2]!, text);
  if (parts === null || place === undefined) return `"${text}" is not a Modbus address; ${forms}`;
  if (typeof place === 'string') return place;
  const [unitId, bit] = [numberIn(parts[1]), numberIn(parts[3])];
  if (unitId !== undefined && unitId > 255) return `"${text}" names unit ${unitId}, but unit ids end at 255`;
  if (bit !== undefined && areas[place.area].bits) {
    return `"${text}" chooses a bit of ${formatAddress(place)}, which is itself one bit`;
  }
  if (bit !== undefined && bit > 15) return `"${text}" names bit ${bit}, but a register has the bits 0 to 15`;
  return { ...place, ...(bit === undefined ? {} : { bit }), ...(unitId === undefined ? {} : { unitId }) };
}

/** Undefined when `place` has none of the known forms. */
function parsePlace(place: string, text: string): ModbusAddress | string | undefined {
  const canonical = /^(holding|input|coil|discrete):(\d+)$/.exec(place);
  if (canonical !== null) return inRange(canonical[1] as Area, Number(canonical[2]), text);
  const lettered = /^(HR|IR|C|DI)(\d+)$/i.exec(place);
  if (lettered !== null) {
    return oneBased(areaOfLetters[lettered[1]!.toUpperCase() as keyof typeof areaOfLetters], lettered[2]!, text);
  }
  // Two digits of area and number are told apart by length: 40001 has four digits of number, 400001 five.
  const numbered = /^([0134])(?:x(\d{1,5})|(\d{4,5}))$/i.exec(place);
  if (numbered !== null) {
    return oneBased(areaOfDigit[numbered[1] as keyof typeof areaOfDigit], (numbered[2] ?? numbered[3])!, text);
  }
  return undefined;
}

function numberIn(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function oneBased(area: Area, digits: string, text: string): ModbusAddress | string {
  const number = Number(digits);
  if (number === 0) return `"${text}" counts from one, so its number cannot be 0; ${forms}`;
  return inRange(area, number - 1, text);
}

function inRange(area: Area, register: number, text: string): ModbusAddress | string {
  if (register > 65535) return `"${text}" means ${area}:${register}, but the last address of an area is ${area}:65535`;
  return { area, register };
}
