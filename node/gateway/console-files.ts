/** The built console: hashed assets for ever, everything else is the one page, which routes by itself. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';

export function consoleFiles(directory: string): Router {
  const router = Router();
  const page = join(directory, 'index.html');
  router.use(
    '/static',
    express.static(join(directory, 'static'), { immutable: true, maxAge: '365d', index: false }),
  );
  router.use(express.static(directory, { index: false, maxAge: 0 }));
  router.get(/.*/, (request, response, next) => {
    const wantsPage = request.accepts('html') && !/^\/(api|static)(\/|$)/.test(request.path);
    if (!wantsPage || !existsSync(page)) return next();
    response.set('Cache-Control', 'no-cache').sendFile(page);
  });
  return router;
}
