import {
  Activity,
  ArrowRightLeft,
  Blocks,
  FileWarning,
  LayoutDashboard,
  type LucideIcon,
  PenLine,
  Settings,
  ShieldCheck,
  Waves,
} from 'lucide-react';

export interface Place {
  readonly path: string;
  readonly name: string;
  readonly about: string;
  readonly icon: LucideIcon;
  /** Left out of the bottom bar of narrow screens, where five fit. */
  readonly wideOnly?: true;
}

export interface PlaceGroup {
  /** Stands above its places in the rail; the first and the last group need none. */
  readonly name?: string;
  readonly places: readonly Place[];
}

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
      { path: '/blocks', name: 'Blocks', about: 'Every certified block, newest first', icon: Blocks },
      {
        path: '/transactions',
        name: 'Transactions',
        about: 'Certified transactions by sender, action, stream or label',
        icon: ArrowRightLeft,
        wideOnly: true,
      },
      {
        path: '/streams',
        name: 'Streams',
        about: 'Records by the stream that they were appended to',
        icon: Waves,
      },
    ],
  },
  {
    name: 'Network',
    places: [
      {
        path: '/consensus',
        name: 'Consensus',
        about: 'Why it commits or not: whose messages are missing, and what to do',
        icon: Activity,
        wideOnly: true,
      },
      {
        path: '/evidence',
        name: 'Evidence',
        about: 'Validators that signed two messages for one slot',
        icon: FileWarning,
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
      { path: '/submit', name: 'Submit', about: 'Sign in this browser and submit', icon: PenLine },
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
