import { Component, lazy, type ReactNode, Suspense } from 'react';
import { Route, Routes, useLocation } from 'react-router';
import { ErrorPanel } from '../components/ErrorPanel.tsx';
import { Page } from '../components/Page.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { OverviewPage } from '../features/overview/OverviewPage.tsx';
import { NetworkGate } from './NetworkGate.tsx';
import { NotFoundPage } from './NotFoundPage.tsx';
import { Shell } from './Shell.tsx';
import { useRouteFocus } from './useRouteFocus.ts';

const BlocksPage = lazy(() => import('../features/blocks/BlocksPage.tsx'));
const BlockPage = lazy(() => import('../features/blocks/BlockPage.tsx'));
const TransactionPage = lazy(() => import('../features/transactions/TransactionPage.tsx'));
const TransactionsPage = lazy(() => import('../features/transactions/TransactionsPage.tsx'));
const StreamsPage = lazy(() => import('../features/streams/StreamsPage.tsx'));
const StreamPage = lazy(() => import('../features/streams/StreamPage.tsx'));
const NetworkPage = lazy(() => import('../features/network/NetworkPage.tsx'));
const ValidatorPage = lazy(() => import('../features/network/ValidatorPage.tsx'));
const MetricsPage = lazy(() => import('../features/metrics/MetricsPage.tsx'));
const AnalyticsPage = lazy(() => import('../features/analytics/AnalyticsPage.tsx'));
const EventsPage = lazy(() => import('../features/events/EventsPage.tsx'));
const AssetPage = lazy(() => import('../features/assets/AssetPage.tsx'));
const IdentityPage = lazy(() => import('../features/identities/IdentityPage.tsx'));
const ExportPage = lazy(() => import('../features/export/ExportPage.tsx'));
const EvidencePage = lazy(() => import('../features/evidence/EvidencePage.tsx'));
const DiagnosisPage = lazy(() => import('../features/diagnosis/DiagnosisPage.tsx'));
const VerifyPage = lazy(() => import('../features/verify/VerifyPage.tsx'));
const VerifyChainPage = lazy(() => import('../features/verify/VerifyChainPage.tsx'));
const VerifyStreamPage = lazy(() => import('../features/verify/VerifyStreamPage.tsx'));
const VerifyStatePage = lazy(() => import('../features/verify/VerifyStatePage.tsx'));
const VerifyHeightsPage = lazy(() => import('../features/verify/VerifyHeightsPage.tsx'));
const VerifyNodesPage = lazy(() => import('../features/verify/VerifyNodesPage.tsx'));
const ProposalsPage = lazy(() => import('../features/proposals/ProposalsPage.tsx'));
const ProposalPage = lazy(() => import('../features/proposals/ProposalPage.tsx'));
const NewProposalPage = lazy(() => import('../features/proposals/NewProposalPage.tsx'));
const MembersPage = lazy(() => import('../features/members/MembersPage.tsx'));
const KeysPage = lazy(() => import('../features/keys/KeysPage.tsx'));
const RotatePage = lazy(() => import('../features/keys/rotate/RotatePage.tsx'));
const SubmitPage = lazy(() => import('../features/submit/SubmitPage.tsx'));
const SignInPage = lazy(() => import('../features/sign-in/SignInPage.tsx'));
const SettingsPage = lazy(() => import('../features/settings/SettingsPage.tsx'));

/** `/verify`, signing in and Settings work without a network; everything else waits behind the pinned id. */
export function App() {
  useRouteFocus();
  const { pathname } = useLocation();
  return (
    <Shell>
      <PageBoundary key={pathname}>
        <Suspense fallback={<Skeleton lines={6} label="page" />}>
          <Routes>
            <Route path="/verify" element={<VerifyPage />} />
            <Route path="/settings" element={<SettingsPage />} />
            <Route path="/sign-in" element={<SignInPage />} />
            <Route element={<NetworkGate />}>
              <Route path="/" element={<OverviewPage />} />
              <Route path="/blocks" element={<BlocksPage />} />
              <Route path="/blocks/:heightOrHash" element={<BlockPage />} />
              <Route path="/transactions" element={<TransactionsPage />} />
              <Route path="/tx/:id" element={<TransactionPage />} />
              <Route path="/streams" element={<StreamsPage />} />
              <Route path="/streams/:name" element={<StreamPage />} />
              <Route path="/network" element={<NetworkPage />} />
              <Route path="/validators/:id" element={<ValidatorPage />} />
              <Route path="/metrics" element={<MetricsPage />} />
              <Route path="/analytics" element={<AnalyticsPage />} />
              <Route path="/events" element={<EventsPage />} />
              <Route path="/assets/:id" element={<AssetPage />} />
              <Route path="/identities/:id" element={<IdentityPage />} />
              <Route path="/export" element={<ExportPage />} />
              <Route path="/consensus" element={<DiagnosisPage />} />
              <Route path="/evidence" element={<EvidencePage />} />
              <Route path="/verify/chain" element={<VerifyChainPage />} />
              <Route path="/verify/stream" element={<VerifyStreamPage />} />
              <Route path="/verify/state" element={<VerifyStatePage />} />
              <Route path="/verify/heights" element={<VerifyHeightsPage />} />
              <Route path="/verify/nodes" element={<VerifyNodesPage />} />
              <Route path="/proposals" element={<ProposalsPage />} />
              <Route path="/proposals/new" element={<NewProposalPage />} />
              <Route path="/proposals/:number" element={<ProposalPage />} />
              <Route path="/members" element={<MembersPage />} />
              <Route path="/keys" element={<KeysPage />} />
              <Route path="/keys/rotate/:id" element={<RotatePage />} />
              <Route path="/submit" element={<SubmitPage />} />
              <Route path="*" element={<NotFoundPage />} />
            </Route>
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
