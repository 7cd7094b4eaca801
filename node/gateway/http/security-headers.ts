/** Headers of every answer. The console needs no inline script and talks to the consortium's gateways only. */
import type { RequestHandler } from 'express';

/** @param gateways origins such as `http://127.0.0.1:8102` that the console may compare with */
function contentSecurityPolicy(gateways: readonly string[]): string {
  const sockets = gateways.map((origin) => origin.replace(/^http/, 'ws'));
  const connect = ["'self'", ...gateways, ...sockets].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export function securityHeaders(gateways: () => readonly string[], isTls: boolean): RequestHandler {
  const headers: Record<string, string> = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-site',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
  if (isTls) headers['Strict-Transport-Security'] = 'max-age=31536000';
  let connected: readonly string[] | undefined;
  return (_request, response, next) => {
    const known = gateways();
    if (known !== connected) headers['Content-Security-Policy'] = contentSecurityPolicy(known);
    connected = known;
    response.set(headers);
    next();
  };
}
