import {
  Activity,
  ArrowRightLeft,
  Blocks,
  ChartColumn,
  ChartLine,
  Coins,
  Download,
  FileWarning,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  Network,
  PenLine,
  Radio,
  Settings,
  ShieldCheck,
  Users,
  Vote,
  Waves,
} from 'lucide-react';
import type { EndpointName } from '../../../shared/api.ts';
import type { Role } from '../../../shared/types/ledger.ts';

export interface Place {
  readonly path: string;
  readonly name: string;
  readonly about: string;
  readonly icon: LucideIcon;
  /** What the place asks of the node, and who may ask that; everybody who is signed in if absent. */
  readonly needs?: { readonly asks: EndpointName; readonly roles: readonly Role[] };
  /** Behind “More” in the bottom bar of narrow screens, where five fit beside it. */
  readonly wideOnly?: true;
}

export interface PlaceGroup {
  /** Stands above its places in the rail; the first and the last group need none. */
  readonly name?: string;
  readonly places: readonly Place[];
}

const operating: readonly Role[] = ['admin', 'operator'];
const reading: readonly Role[] = ['admin', 'operator', 'auditor', 'submitter'];
const submitting: readonly Role[] = ['admin', 'operator', 'submitter'];

/** The rooms of the left rail, top to bottom. */
export const placeGroups: readonly PlaceGroup[] = [
  {
    places: [
      { path: '/', name: 'Overview', about: 'Does it commit, and who takes part', icon: LayoutDashboard },
    ],
  },
  {
    name: 'Ledger',
    places: [
      {
        path: '/blocks',
        name: 'Blocks',
        about: 'Every certified block, newest first',
        icon: Blocks,
        needs: { asks: 'blocks', roles: reading },
      },
      {
        path: '/transactions',
        name: 'Transactions',
        about: 'Certified transactions by sender, action, stream or label',
        icon: ArrowRightLeft,
        needs: { asks: 'transactions', roles: reading },
        wideOnly: true,
      },
      {
        path: '/streams',
        name: 'Streams',
        about: 'Records by the stream that they were appended to',
        icon: Waves,
      },
      {
        path: '/assets',
        name: 'Assets',
        about: 'What is counted: who defined it, how much there is, who holds it',
        icon: Coins,
        needs: { asks: 'assets', roles: reading },
        wideOnly: true,
      },
      {
        path: '/events',
        name: 'Events',
        about: 'Events of all streams as they come, filtered, with a pause',
        icon: Radio,
        needs: { asks: 'events', roles: reading },
        wideOnly: true,
      },
      {
        path: '/analytics',
        name: 'Analytics',
        about: 'How many transactions by time, action, sender and receiver',
        icon: ChartColumn,
        needs: { asks: 'analytics', roles: reading },
        wideOnly: true,
      },
      {
        path: '/export',
        name: 'Export',
        about: 'A query as CSV, JSON or CAR, with a manifest',
        icon: Download,
        needs: { asks: 'export', roles: reading },
        wideOnly: true,
      },
    ],
  },
  {
    name: 'Network',
    places: [
      {
        path: '/network',
        name: 'Network',
        about: 'Who sees whom, links, clocks, versions, disk, support bundle',
        icon: Network,
        needs: { asks: 'matrix', roles: operating },
        wideOnly: true,
      },
      {
        path: '/consensus',
        name: 'Consensus',
        about: 'Why it commits or not: whose messages are missing, and what to do',
        icon: Activity,
        needs: { asks: 'diagnosis', roles: operating },
        wideOnly: true,
      },
      {
        path: '/metrics',
        name: 'Metrics',
        about: 'Throughput, time to commit and pool of the last hour or day',
        icon: ChartLine,
        needs: { asks: 'metricsHistory', roles: operating },
        wideOnly: true,
      },
      {
        path: '/evidence',
        name: 'Evidence',
        about: 'Validators that signed two messages for one slot',
        icon: FileWarning,
        needs: { asks: 'evidence', roles: reading },
        wideOnly: true,
      },
    ],
  },
  {
    name: 'Governance',
    places: [
      {
        path: '/proposals',
        name: 'Proposals',
        about: 'What the members decide together: ballots, expiry, what would change',
        icon: Vote,
        needs: { asks: 'proposals', roles: reading },
        wideOnly: true,
      },
      {
        path: '/members',
        name: 'Members',
        about: 'Who belongs to the consortium, with identities, roles and thresholds',
        icon: Users,
        needs: { asks: 'members', roles: reading },
        wideOnly: true,
      },
      {
        path: '/keys',
        name: 'Keys',
        about: 'Which key is whose, since when, and who held which key at a height',
        icon: KeyRound,
        needs: { asks: 'keyHistory', roles: reading },
        wideOnly: true,
      },
    ],
  },
  {
    places: [
      {
        path: '/verify',
        name: 'Verify',
        about: 'Check a receipt or a proof pack, without a network',
        icon: ShieldCheck,
      },
      {
        path: '/submit',
        name: 'Submit',
        about: 'Sign in this browser and submit',
        icon: PenLine,
        needs: { asks: 'submit', roles: submitting },
      },
    ],
  },
];

export const places: readonly Place[] = placeGroups.flatMap((group) => group.places);

export const settingsPlace: Place = {
  path: '/settings',
  name: 'Settings',
  about: 'Gateway, time zone, theme, pinned network',
  icon: Settings,
};

/** Why somebody with these roles is not let in; undefined if they are. */
export function closedReason({ needs }: Place, roles: readonly string[]): string | undefined {
  if (needs === undefined || needs.roles.some((role) => roles.includes(role))) return undefined;
  return `Needs the role ${inWords(needs.roles)}; you have ${roles.join(', ') || 'none'}`;
}

const inWords = (roles: readonly string[]): string =>
  roles.length < 2 ? roles.join('') : `${roles.slice(0, -1).join(', ')} or ${roles.at(-1)}`;
