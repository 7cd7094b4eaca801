/** Forms of ids, keys and addresses, which actions of several modules take. */
import { identityIdPattern, memberIdPattern, validatorIdPattern } from '../../shared/codec/ids.ts';
import { byteString, type FormCheck, pattern, text } from './form.ts';
import { limits } from './limits.ts';

export const memberId = pattern(memberIdPattern, '1 to 32 of a-z, 0-9 and -, such as alpha');
export const identityId = pattern(identityIdPattern, '1 to 64 of a-z, 0-9, . and -, such as alpha.submitter');
/** Of a validator or observer. */
export const nodeId = pattern(validatorIdPattern, '1 to 32 of a-z, 0-9 and -, such as alpha-1');

export const publicKey = byteString(32);
/** Signature of the new key over `possessionSigningBytes`. */
export const possession = byteString(64);
export const reason = text(1, limits.reasonBytesMax);

/** `wss://host:port` where peers reach a node. */
export const address = url(['wss'], 'wss://host:port');
/** `http://host:port` or `https://host:port` where clients do. */
export const gateway = url(['http', 'https'], 'http://host:port or https://host:port');

/** By these patterns alone: what a runtime makes of a URL must not decide what execution accepts. */
function url(schemes: readonly string[], expected: string): FormCheck {
  const whole = new RegExp(
    `^(?:${schemes.join('|')})://(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]+):([1-9][0-9]{0,4})$`,
  );
  return (value) => {
    const match =
      typeof value === 'string' && value.length <= limits.addressBytesMax ? whole.exec(value) : null;
    const isPort = match !== null && Number(match[2]) <= 65_535;
    return isPort && isHost(match[1]!) ? undefined : { path: '', expected };
  };
}

/** Digits and full stops alone are four numbers up to 255. */
function isHost(host: string): boolean {
  if (!/^[0-9.]+$/.test(host)) return true;
  const parts = host.split('.');
  return (
    parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  );
}
