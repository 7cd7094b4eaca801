import { Component, type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { Route, Routes, useLocation } from 'react-router';
import { pathsOfNetwork, pathsWithoutNetwork, type RoutePath } from '../../../shared/console-paths.ts';
import { ErrorPanel } from '../components/ErrorPanel.tsx';
import { Page, PageSkeleton } from '../components/Page.tsx';
import { OverviewPage } from '../features/overview/OverviewPage.tsx';
import { NetworkGate } from './NetworkGate.tsx';
import { NotFoundPage } from './NotFoundPage.tsx';
import { Shell } from './Shell.tsx';
import { useRouteFocus } from './useRouteFocus.ts';

/** An address without a page, or a page without an address, does not compile. */
const pages: { readonly [path in RoutePath]: ComponentType } = {
  '/verify': lazy(() => import('../features/verify/VerifyPage.tsx')),
  '/settings': lazy(() => import('../features/settings/SettingsPage.tsx')),
  '/sign-in': lazy(() => import('../features/sign-in/SignInPage.tsx')),
  '/': OverviewPage,
  '/blocks': lazy(() => import('../features/blocks/BlocksPage.tsx')),
  '/blocks/:heightOrHash': lazy(() => import('../features/blocks/BlockPage.tsx')),
  '/transactions': lazy(() => import('../features/transactions/TransactionsPage.tsx')),
  '/tx/:id': lazy(() => import('../features/transactions/TransactionPage.tsx')),
  '/streams': lazy(() => import('../features/streams/StreamsPage.tsx')),
  '/streams/:name': lazy(() => import('../features/streams/StreamPage.tsx')),
  '/network': lazy(() => import('../features/network/NetworkPage.tsx')),
  '/validators/:id': lazy(() => import('../features/network/ValidatorPage.tsx')),
  '/metrics': lazy(() => import('../features/metrics/MetricsPage.tsx')),
  '/analytics': lazy(() => import('../features/analytics/AnalyticsPage.tsx')),
  '/events': lazy(() => import('../features/events/EventsPage.tsx')),
  '/assets': lazy(() => import('../features/assets/AssetsPage.tsx')),
  '/assets/:id': lazy(() => import('../features/assets/AssetPage.tsx')),
  '/identities/:id': lazy(() => import('../features/identities/IdentityPage.tsx')),
  '/export': lazy(() => import('../features/export/ExportPage.tsx')),
  '/consensus': lazy(() => import('../features/diagnosis/DiagnosisPage.tsx')),
  '/evidence': lazy(() => import('../features/evidence/EvidencePage.tsx')),
  '/verify/chain': lazy(() => import('../features/verify/VerifyChainPage.tsx')),
  '/verify/stream': lazy(() => import('../features/verify/VerifyStreamPage.tsx')),
  '/verify/state': lazy(() => import('../features/verify/VerifyStatePage.tsx')),
  '/verify/heights': lazy(() => import('../features/verify/VerifyHeightsPage.tsx')),
  '/verify/nodes': lazy(() => import('../features/verify/VerifyNodesPage.tsx')),
  '/proposals': lazy(() => import('../features/proposals/ProposalsPage.tsx')),
  '/proposals/new': lazy(() => import('../features/proposals/NewProposalPage.tsx')),
  '/proposals/:number': lazy(() => import('../features/proposals/ProposalPage.tsx')),
  '/members': lazy(() => import('../features/members/MembersPage.tsx')),
  '/keys': lazy(() => import('../features/keys/KeysPage.tsx')),
  '/keys/rotate/:id': lazy(() => import('../features/keys/rotate/RotatePage.tsx')),
  '/submit': lazy(() => import('../features/submit/SubmitPage.tsx')),
  '*': NotFoundPage,
};

const routeTo = (path: RoutePath) => {
  const PageOfPath = pages[path];
  return <Route key={path} path={path} element={<PageOfPath />} />;
};

/** `/verify`, signing in and Settings work without a network; everything else waits behind the pinned id. */
export function App() {
  useRouteFocus();
  const { pathname } = useLocation();
  return (
    <Shell>
      <PageBoundary key={pathname}>
        <Suspense fallback={<PageSkeleton label="page" />}>
          <Routes>
            {pathsWithoutNetwork.map(routeTo)}
            <Route element={<NetworkGate />}>{pathsOfNetwork.map(routeTo)}</Route>
          </Routes>
        </Suspense>
      </PageBoundary>
    </Shell>
  );
}

/** A page that throws shows the error in its place; the shell stays usable. */
class PageBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Page title="Error">
        <ErrorPanel error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
      </Page>
    );
  }
}
