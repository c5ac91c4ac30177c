import { expect, test, vi } from 'vitest';

import { patient } from './online';

const gone = (isOnline: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(isOnline);

test('what cannot be fetched without the network is fetched once it is back', async () => {
  gone(false);
  const load = vi.fn().mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module')).mockResolvedValueOnce('the bell');

  const part = patient(load)();
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  await Promise.resolve();
  dispatchEvent(new Event('online'));

  expect(await part).toBe('the bell');
});

test('with the network an older release is the page’s matter: it loads itself anew', async () => {
  gone(true);

  await expect(patient(() => Promise.reject(new TypeError('gone')))()).rejects.toThrow('gone');
});
