/** As text, if it is one; controls that would turn or hide what is around them are shown as what they are. */
export function shownContent(content: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
  return text.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const obeyed = /(?![\n\t\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
