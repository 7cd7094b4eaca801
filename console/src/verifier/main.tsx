import '../styles/tokens.css';
import '../styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import * as z from 'zod/mini';
import { VerifierPage } from './VerifierPage.tsx';

// Under a strict CSP zod's probe for `new Function` would be reported as a violation.
z.config({ jitless: true });

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');

createRoot(root).render(
  <StrictMode>
    <VerifierPage />
  </StrictMode>,
);
