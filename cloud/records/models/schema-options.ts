/**
 * Unknown fields are an error, not silently dropped; nothing is added (no `__v`, no `id`) and nothing removed (empty
 * objects stay), so a record reads back as the interface says.
 */
export const recordOptions = { strict: 'throw', versionKey: false, id: false, minimize: false } as const;

/** For objects inside a record. */
export const partOptions = { _id: false, ...recordOptions } as const;

export const requiredText = { type: String, required: true } as const;
/** May be ''; mongoose counts an empty text as missing when it is required. */
export const optionalText = { type: String, default: '' } as const;
export const requiredNumber = { type: Number, required: true } as const;
export const optionalNumber = { type: Number, default: null } as const;
