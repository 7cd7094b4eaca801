/** Version of this software, from package.json, which lies above the sources and above the build alike. */
import { existsSync, readFileSync } from 'node:fs';

const places = ['../package.json', '../../package.json'].map((place) => new URL(place, import.meta.url));

function readVersion(): string {
  const file = places.find((place) => existsSync(place));
  if (file === undefined) throw new Error('package.json is missing beside the build');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export const version = readVersion();
