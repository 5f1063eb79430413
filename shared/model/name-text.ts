/** Of a name that people or programs give: characters of UTF-16. */
export const nameLengthMax = 200;

/** Any letters and signs, as one line that can be stored and comes back the same. */
export const namePattern = /^[^\p{Cc}\p{Cs}]+$/u;
export const nameWording = 'must hold no control characters and no halves of characters';

/** What is wrong with a name, as the end of a sentence; undefined when nothing is. */
export function nameFault(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > nameLengthMax) return `has ${text.length} characters, at most ${nameLengthMax}`;
  return namePattern.test(text) ? undefined : nameWording;
}
