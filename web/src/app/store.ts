import { setupListeners } from '@reduxjs/toolkit/query';
import { applyMiddleware, createStore } from 'redux';
import { thunk } from 'redux-thunk';

import { api } from '@lib/api/base';
import { onLeave } from '@lib/session';

// Plain Redux under RTK Query: the only slice is the API's cache, and configureStore's checks would cost the shell 1 KB.
export const store = createStore(
  (state: { api: ReturnType<typeof api.reducer> } | undefined, action) => ({ api: api.reducer(state?.api, action) }),
  applyMiddleware(thunk, api.middleware),
);

setupListeners(store.dispatch);
onLeave(() => store.dispatch(api.util.resetApiState()));
