/** Every problem code of this program with one sentence a person understands. The codes are promises. */
export const problemCatalogue = {
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
