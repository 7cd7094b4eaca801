/**
 * Sessions at other gateways than this page's, which has a cookie that no script reads: tokens that are kept in
 * memory for as long as the page lives.
 */
const tokens = new Map<string, string>();

export const keepToken = (origin: string, token: string): void => void tokens.set(origin, token);
export const forgetToken = (origin: string): void => void tokens.delete(origin);
export const tokenOf = (origin: string): string | undefined => tokens.get(origin);

export const bearerOf = (origin: string): { readonly authorization?: string } => {
  const token = tokens.get(origin);
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
};
