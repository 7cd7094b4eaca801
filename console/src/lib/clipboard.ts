/** Throws when the page is not in a secure context, where browsers withhold the clipboard. */
export async function copyText(text: string): Promise<void> {
  if (!window.isSecureContext) throw new Error('Copying needs HTTPS or localhost.');
  await navigator.clipboard.writeText(text);
}
