/** POST keys/rotate: asks the node of one gateway for another key. */
import {
  apiPrefix,
  endpoints,
  type KeysRotateBodyJson,
  type KeysRotateJson,
  keysRotateSchema,
} from '../api.ts';
import { toUtf8 } from '../codec/utf8.ts';
import { errorOfProblem, invalidAnswer } from './client-error.ts';
import { type Exchange, problemOf, readJson } from './exchange.ts';

/** @throws ClientError such as `rotation-refused` */
export async function rotateKey(exchange: Exchange, body: KeysRotateBodyJson): Promise<KeysRotateJson> {
  const { gateway, response } = await exchange.send(apiPrefix + endpoints.keysRotate.path, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: new Uint8Array(toUtf8(JSON.stringify(body))),
  });
  const json = await readJson(gateway, response);
  if (response.status !== 200) throw errorOfProblem(problemOf(gateway, response.status, json));
  const answer = keysRotateSchema.safeParse(json);
  if (!answer.success) throw invalidAnswer(gateway, JSON.stringify(answer.error.issues[0]));
  return answer.data;
}
