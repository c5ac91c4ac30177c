import './styles/index.css';

import { createRoot } from 'react-dom/client';

import { App } from '@app/App';
import { findCatalogues } from '@app/catalogues';
import { loadMessages, preferredLocale, speak } from '@lib/i18n';
import { start } from '@lib/session';

findCatalogues();
void start();
const locale = preferredLocale();
void speak(locale, { keep: false })
  .then(() => loadMessages('shell'))
  .then(() => createRoot(document.getElementById('root') as HTMLElement).render(<App />));
