/** What a liar does, as the benchmark tells its process, and the wrapping of the product's own validator. */
import type { createNode, Node, NodeConfig } from '../../../../node/runtime/node.ts';
import type { RuntimePorts } from '../../../../node/runtime/ports.ts';
import type { PublicKey } from '../../../../shared/types/brands.ts';

export type Lie =
  /** As primary, proposes `batch` transactions each `intervalMs`, in the order in which they came. */
  | { readonly kind: 'crawl'; readonly intervalMs: number; readonly batch: number }
  /** As primary, does not see what this sender signed. */
  | { readonly kind: 'censor'; readonly sender: PublicKey }
  /** Spreads transactions of this sender with a wrong signature. */
  | { readonly kind: 'spread-bad'; readonly sender: PublicKey; readonly ratePerSecond: number };

/** The environment variable that holds the lie, as JSON. */
export const lieVariable = 'CONCORDAT_TRIAL_LIE';

export type CreateNode = typeof createNode;

/** The same validator behind other ports, or hearing other frames. */
export type Wrap = (create: CreateNode, config: NodeConfig, ports: RuntimePorts) => Node;
