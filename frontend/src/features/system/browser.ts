const browsers = [
  ["Edg/", "Edge"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;
const systems = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"] as const;

/** "Chrome · Windows", as far as a user agent tells; undefined where it is no browser we know. */
export function browserOf(agent: string): string | undefined {
  const browser = browsers.find(([mark]) => agent.includes(mark))?.[1];
  const system = systems.find((mark) => agent.includes(mark))?.replace("Mac OS", "macOS");
  return browser && [browser, system].filter(Boolean).join(" · ");
}
