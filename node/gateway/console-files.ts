/**
 * The built console: hashed assets for ever, and the one page, which routes by itself. The page is for people who go
 * somewhere, never an answer to a program that has lost its way.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, Router } from 'express';
import { routePaths } from '../../shared/console-paths.ts';

export function consoleFiles(directory: string): Router {
  const router = Router();
  const page = 'index.html';
  router.use(
    '/static',
    express.static(join(directory, 'static'), { immutable: true, maxAge: '365d', index: false }),
  );
  router.use(express.static(directory, { index: false, maxAge: 0 }));
  router.get(/.*/, (request, response, next) => {
    const isPlace = isPlaceOfConsole(request.path);
    if (
      !isNavigation(request) ||
      !(isPlace || mayBeMeantForPeople(request.path)) ||
      !existsSync(join(directory, page))
    ) {
      return next();
    }
    // The page itself says that there is nothing here, and where to go instead.
    response.status(isPlace ? 200 : 404);
    response.set('Cache-Control', 'no-cache').vary('Accept').sendFile(page, { root: directory });
  });
  return router;
}

/** Browsers that open an address name HTML; what programs ask for by default, anything, is no wish for a page. */
function isNavigation({ path, headers: { accept } }: Request): boolean {
  return path === '/' || /\btext\/html\b/i.test(accept ?? '');
}

/** As the console's router matches: case does not matter, nor a slash at the end. */
const places = routePaths
  .filter((path) => path !== '*')
  .map((path) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`, 'i'));

const isPlaceOfConsole = (path: string): boolean => places.some((place) => place.test(path));

/** A mistyped place, rather than a file, an asset or an endpoint. A dot in a mistyped name is no end of a file's name. */
const mayBeMeantForPeople = (path: string): boolean =>
  !/\.[a-z0-9]{1,8}$/i.test(path) && !/^\/(api|static)(\/|$)/.test(path);
