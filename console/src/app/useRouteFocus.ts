import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/** After a change of page, focus and scroll start at the top of the content, as after a full load. */
export function useRouteFocus(): void {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [pathname]);
}
