import { Link, useLocation } from 'react-router';
import { buttonClass } from '../components/Button.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { Page } from '../components/Page.tsx';

export function NotFoundPage() {
  const { pathname } = useLocation();
  return (
    <Page title="No such page">
      <EmptyState
        title="There is no page here"
        why={`${pathname} is not a place of this console. Search takes heights, hashes, ids and stream names.`}
        next={
          <Link to="/" className={buttonClass('secondary')}>
            Go to the overview
          </Link>
        }
      />
    </Page>
  );
}
