/** What the page's own server tells it: where the gateway's API is. */
export interface Config {
  apiBaseUrl: string;
}

let current: Config = { apiBaseUrl: "" };

/** Loads /config.json once, before the first request to the API. */
export async function loadConfig(): Promise<void> {
  const response = await fetch("/config.json"); // which index.html asks for ahead, and nobody keeps
  if (!response.ok) throw new Error(`/config.json answered ${response.status}`);
  const { apiBaseUrl } = (await response.json()) as Config;
  current = { apiBaseUrl: apiBaseUrl.replace(/\/+$/, "") };
}

/** The API's origin without a trailing slash, e.g. "http://localhost:8000". */
export function apiBaseUrl(): string {
  return current.apiBaseUrl;
}
