/** The node explains itself. */
import type { DiagnosisJson, QueryOf } from '../../../shared/api.ts';
import { diagnose } from '../../runtime/diagnosis/diagnose.ts';
import type { Answer, GatewayContext } from '../context.ts';

export const getDiagnosis = (
  { node }: GatewayContext,
  { height }: QueryOf<'diagnosis'>,
): Answer<DiagnosisJson> => ({ body: diagnose(node.diagnosis(height)) });
