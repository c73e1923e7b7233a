import { Store } from "./store";

const prefix = "kept:";

/** A value that lives as long as this tab's session: it outlives a reload, and is gone at log-out (endKept). */
export class KeptStore<T> extends Store<T | undefined> {
  constructor(name: string) {
    super(read<T>(prefix + name));
    this.subscribe(() => {
      const value = this.get();
      if (value === undefined) sessionStorage.removeItem(prefix + name);
      else sessionStorage.setItem(prefix + name, JSON.stringify(value));
    });
  }
}

function read<T>(name: string): T | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(name) ?? "null") as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Drops what was kept, whether or not the code that kept it is loaded. */
export function endKept(): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(prefix)) sessionStorage.removeItem(name);
  }
}
