/** What is wrong with a form, by field. */
export type Problems = { readonly [field: string]: string };

/** Those that there are. */
export function present(problems: { readonly [field: string]: string | undefined }): Problems {
  return Object.fromEntries(
    Object.entries(problems).flatMap(([field, text]) => (text ? [[field, text]] : [])),
  );
}

/** As the ledger counts them: UTF-8. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
