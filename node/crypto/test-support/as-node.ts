/** For tests of what only Node runs: digests are made as every process of the node makes them. */
import { installNativeSha256 } from '../sha256-install.ts';

installNativeSha256();
