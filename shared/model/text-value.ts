const lengthMax = 65_536;

/** Why a text cannot be the value of a sample, as the end of a sentence; undefined when it can. */
export function textFault(text: string): string | undefined {
  if (text.length > lengthMax) return `a text of ${text.length} characters, at most ${lengthMax}`;
  // Half a character has no bytes: stored, it would come back as another text.
  return /\p{Cs}/u.test(text) ? 'a text that is no proper Unicode' : undefined;
}
