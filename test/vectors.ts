import { existsSync } from 'node:fs';

/** Folder of public test vectors beside the repository, or undefined, said in one line: the test is then skipped. */
export const vectorFolder = (name: string): URL | undefined => {
  const folder = new URL(`../../shared/vectors/${name}/`, import.meta.url);
  if (existsSync(folder)) return folder;
  console.log(`skipped: the ${name} vectors are not beside the repository (../shared/vectors/${name})`);
  return undefined;
};
