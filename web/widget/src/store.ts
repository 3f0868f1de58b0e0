/** The visitor's side of the memory: localStorage where the page may use it, otherwise this page only. */
export interface Store {
  get(name: string): string | null;
  set(name: string, value: string | null): void;
}

export function localStore(channel: string): Store & { nameOf(key: string | null): string | null } {
  const prefix = `switchboard:${channel}:`;
  const memory = new Map<string, string>();
  return {
    get(name) {
      try {
        return localStorage.getItem(prefix + name) ?? memory.get(name) ?? null;
      } catch {
        return memory.get(name) ?? null;
      }
    },
    set(name, value) {
      if (value === null) memory.delete(name);
      else memory.set(name, value);
      try {
        if (value === null) localStorage.removeItem(prefix + name);
        else localStorage.setItem(prefix + name, value);
        memory.delete(name);
      } catch {
        // Storage is blocked or full; the memory copy carries this page.
      }
    },
    nameOf(key) {
      return key?.startsWith(prefix) ? key.slice(prefix.length) : null;
    },
  };
}

export function memoryStore(): Store {
  const memory = new Map<string, string>();
  return {
    get: (name) => memory.get(name) ?? null,
    set: (name, value) => {
      if (value === null) memory.delete(name);
      else memory.set(name, value);
    },
  };
}
