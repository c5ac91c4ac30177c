import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** Where words wait on this device until the server has them. */
export type Entry = { key: string; user: string; value: unknown; revision: number; changedAt: number };

export type Journal = {
  put: (entry: Entry) => Promise<void>;
  get: (key: string) => Promise<Entry | undefined>;
  /** Forget the entry only if it is still the revision the server acknowledged. */
  drop: (key: string, revision: number) => Promise<void>;
  ofUser: (user: string) => Promise<Entry[]>;
};

interface Schema extends DBSchema {
  drafts: { key: string; value: Entry; indexes: { user: string } };
}

export function memoryJournal(): Journal {
  const entries = new Map<string, Entry>();
  return {
    put: async (entry) => void entries.set(entry.key, structuredClone(entry)),
    get: async (key) => entries.get(key),
    drop: async (key, revision) => {
      if ((entries.get(key)?.revision ?? -1) <= revision) entries.delete(key);
    },
    ofUser: async (user) => [...entries.values()].filter((entry) => entry.user === user),
  };
}

function databaseJournal(opening: Promise<IDBPDatabase<Schema>>): Journal {
  return {
    put: async (entry) => void (await (await opening).put('drafts', entry)),
    get: async (key) => (await opening).get('drafts', key),
    drop: async (key, revision) => {
      const transaction = (await opening).transaction('drafts', 'readwrite');
      const kept = await transaction.store.get(key);
      if (kept && kept.revision <= revision) await transaction.store.delete(key);
      await transaction.done;
    },
    ofUser: async (user) => (await opening).getAllFromIndex('drafts', 'user', user),
  };
}

let shared: Journal | undefined;

/** The browser's journal; where IndexedDB is refused, words are kept as long as the page. */
export function deviceJournal(): Journal {
  if (!shared) {
    const memory = memoryJournal();
    const opening = openDB<Schema>('stoa', 1, {
      upgrade: (database) => database.createObjectStore('drafts', { keyPath: 'key' }).createIndex('user', 'user'),
    });
    const onDisk = databaseJournal(opening);
    const either =
      <Args extends unknown[], Result>(first: (...args: Args) => Promise<Result>, second: (...args: Args) => Promise<Result>) =>
      (...args: Args): Promise<Result> =>
        first(...args).catch(() => second(...args));
    shared = {
      put: either(onDisk.put, memory.put),
      get: either(onDisk.get, memory.get),
      drop: either(onDisk.drop, memory.drop),
      ofUser: either(onDisk.ofUser, memory.ofUser),
    };
  }
  return shared;
}
