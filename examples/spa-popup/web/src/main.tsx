import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App';
import { loadConfig } from './config';
import './style.css';
import { tokenStore } from './token';

const root = document.getElementById('root');
if (!root) throw new Error('no root');
const config = await loadConfig();
createRoot(root).render(
  <StrictMode>
    <App config={config} tokens={tokenStore(config.storage)} />
  </StrictMode>,
);
